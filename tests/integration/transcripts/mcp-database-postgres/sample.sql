-- SPDX-License-Identifier: MIT
-- The database behind these transcripts: what PostgreSQL has and SQLite has not, and a role that
-- may read a part of it.
CREATE ROLE shop_reader LOGIN;
REVOKE TEMPORARY ON DATABASE shop FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
SET TIME ZONE 'UTC';

CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE categories (
    category_id   integer PRIMARY KEY,
    category_name text NOT NULL UNIQUE
);
CREATE TABLE products (
    product_id    integer PRIMARY KEY,
    product_name  varchar(40) NOT NULL,
    category_id   integer NOT NULL REFERENCES categories,
    price         numeric(10, 2) NOT NULL,
    tags          text[] NOT NULL DEFAULT '{}',
    attributes    jsonb
);
CREATE INDEX products_by_category ON products (category_id);
COMMENT ON TABLE products IS 'What is sold.';
COMMENT ON COLUMN products.price IS 'In francs.';
CREATE TABLE customers (
    customer_id   integer PRIMARY KEY,
    full_name     text NOT NULL,
    email         text NOT NULL,
    city          text NOT NULL
);
CREATE TABLE orders (
    order_id      integer PRIMARY KEY,
    customer_id   integer NOT NULL REFERENCES customers,
    status        text NOT NULL
);
CREATE TABLE parcels (
    order_id      integer NOT NULL REFERENCES orders,
    number        smallint NOT NULL,
    weight        double precision,
    PRIMARY KEY (order_id, number),
    UNIQUE (number, order_id)
);
CREATE TABLE scans (
    order_id      integer NOT NULL,
    number        smallint NOT NULL,
    seen_at       timestamptz NOT NULL,
    FOREIGN KEY (number, order_id) REFERENCES parcels (number, order_id)
);
CREATE TABLE measurements (
    taken_on      date NOT NULL,
    value         real
) PARTITION BY RANGE (taken_on);
CREATE TABLE measurements_2024 PARTITION OF measurements
    FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE "Mixed Case ""x""" (
    "Key"         integer PRIMARY KEY,
    "a b.c"       text
);
CREATE TABLE secrets (secret text);
CREATE VIEW dear_products AS SELECT product_id, product_name FROM products WHERE price > 50;
CREATE SCHEMA reports;
CREATE TABLE reports.monthly (month date PRIMARY KEY, total numeric);
CREATE MATERIALIZED VIEW reports.by_status AS SELECT status, count(*) AS n FROM orders GROUP BY 1;

INSERT INTO categories VALUES (1, 'Magic'), (2, 'Electronics'), (3, 'Outdoor');
INSERT INTO products VALUES
    (101, 'Card Trick Set', 1, 14.90, '{paper,"two words"}', '{"players": 2}'),
    (123, 'Magic Wand Pro', 1, 49.90, '{wood}', NULL),
    (201, 'Solar Charger', 2, 34.00, '{}', '{"watts": 5.5}'),
    (456, 'TechGadget X1', 2, 129.00, '{}', '[]');
INSERT INTO customers SELECT i, 'Customer ' || i, 'c' || i || '@example.org',
    (ARRAY['Basel', 'Zürich', 'Genève'])[1 + i % 3] FROM generate_series(1, 30) AS i;
INSERT INTO orders SELECT i, 1 + i % 30, CASE WHEN i % 10 = 0 THEN 'open' ELSE 'delivered' END
    FROM generate_series(1, 1500) AS i;
INSERT INTO parcels SELECT i, 1, i / 4.0 FROM generate_series(1, 100) AS i;
INSERT INTO scans VALUES (1, 1, '2024-05-06 07:08:09+00');
INSERT INTO measurements VALUES ('2024-02-03', 1.5), ('2024-02-04', 'Infinity'), ('2024-02-05', NULL);
INSERT INTO "Mixed Case ""x""" VALUES (1, 'one'), (2, NULL);
INSERT INTO reports.monthly VALUES ('2024-01-01', 12345678901234567890.125);
REFRESH MATERIALIZED VIEW reports.by_status;
ANALYZE;

GRANT USAGE ON SCHEMA reports TO shop_reader;
GRANT SELECT ON categories, products, orders, parcels, scans, measurements, dear_products,
    "Mixed Case ""x""", reports.monthly, reports.by_status TO shop_reader;
GRANT SELECT (customer_id, full_name, city) ON customers TO shop_reader;
