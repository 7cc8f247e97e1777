CREATE TABLE item (id BIGINT PRIMARY KEY, name VARCHAR(50), pieces INT);
INSERT INTO item VALUES (1, 'book', 5), (2, 'pen', 5), (3, 'cup', 5);
