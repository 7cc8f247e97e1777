package io.dtx.spring.jdbc;

/** Marks the proxy of a data source bean that takes part in global transactions. Public only because proxies implement it. */
public interface ManagedDataSource {}
