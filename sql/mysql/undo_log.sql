-- dtx keeps here what it needs to undo a local transaction. Tested on MariaDB 11.4, expected of MySQL 8.4.
-- Run it in every database (schema) that takes part in global transactions.
CREATE TABLE IF NOT EXISTS undo_log (
    id            BIGINT       NOT NULL AUTO_INCREMENT,
    branch_id     BIGINT       NOT NULL,
    xid           VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    context       VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    rollback_info LONGBLOB     NOT NULL,
    log_status    INT          NOT NULL,
    log_created   DATETIME(6)  NOT NULL, -- UTC, by the database's clock
    log_modified  DATETIME(6)  NOT NULL, -- UTC, by the database's clock
    ext           VARCHAR(100) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY ux_undo_log (xid, branch_id)
) ENGINE = InnoDB;
