-- bank2 of the transfer demo: account 2 holds 0.
CREATE TABLE account_info (
    id               BIGINT         AUTO_INCREMENT PRIMARY KEY,
    account_name     VARCHAR(100),
    account_no       VARCHAR(100)   UNIQUE,
    account_password VARCHAR(100),
    account_balance  DECIMAL(18, 2) NOT NULL
) ENGINE = InnoDB;

INSERT INTO account_info (account_name, account_no, account_password, account_balance)
VALUES ('Ben', '2', '', 0);
