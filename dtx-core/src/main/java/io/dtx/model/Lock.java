package io.dtx.model;

/** A lock key and the mode in which it is wanted or held. */
public record Lock(LockKey key, LockMode mode) {}
