package io.dtx.spring.jdbc;

import io.dtx.rm.Managed;

/** Marks the proxy of a data source bean that takes part in global transactions. Public only because proxies implement it. */
public interface ManagedDataSource extends Managed {}
