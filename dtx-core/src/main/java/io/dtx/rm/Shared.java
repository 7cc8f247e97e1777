package io.dtx.rm;

/** What all connections of one process share on their way to the coordinator. */
record Shared(
        Coordinator coordinator,
        BranchCommit commit,
        AutocommitStatement.Retry retry,
        DatabaseWaits databaseWaits,
        UnprotectedStatements unprotected,
        ResourceListener listener) {}
