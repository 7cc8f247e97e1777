package io.dtx.rm;

/**
 * Marks a data source, or a connection, whose work can be part of a global transaction. Asked for through what others have put
 * around it by JDBC's own means: {@code dataSource.isWrapperFor(Managed.class)}.
 */
public interface Managed {}
