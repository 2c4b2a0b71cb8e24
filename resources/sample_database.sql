-- SPDX-License-Identifier: MIT
-- The sample business behind the shipped product metadata: a toy and gadget shop, two years of
-- orders. Every alias product exists under its id, every column mapping's table and column exists,
-- and every row is computed, so two runs give the same database.
PRAGMA foreign_keys = ON;
BEGIN;

CREATE TABLE categories (
    category_id   INTEGER PRIMARY KEY,
    category_name TEXT NOT NULL UNIQUE
);

CREATE TABLE products (
    product_id    INTEGER PRIMARY KEY,
    product_name  TEXT NOT NULL UNIQUE,
    category_id   INTEGER NOT NULL REFERENCES categories (category_id),
    price         REAL NOT NULL CHECK (price > 0),
    cost          REAL NOT NULL CHECK (cost > 0),
    stock         INTEGER NOT NULL DEFAULT 0,
    launched_on   TEXT NOT NULL
);

CREATE TABLE customers (
    customer_id   INTEGER PRIMARY KEY,
    full_name     TEXT NOT NULL,
    email         TEXT NOT NULL UNIQUE,
    city          TEXT NOT NULL,
    country       TEXT NOT NULL,
    segment       TEXT NOT NULL CHECK (segment IN ('consumer', 'business', 'education')),
    signed_up_on  TEXT NOT NULL
);

CREATE TABLE orders (
    order_id      INTEGER PRIMARY KEY,
    customer_id   INTEGER NOT NULL REFERENCES customers (customer_id),
    order_date    TEXT NOT NULL,
    status        TEXT NOT NULL CHECK (status IN ('delivered', 'shipped', 'open', 'returned')),
    channel       TEXT NOT NULL CHECK (channel IN ('web', 'store', 'phone'))
);

CREATE TABLE sales (
    sale_id       INTEGER PRIMARY KEY,
    order_id      INTEGER NOT NULL REFERENCES orders (order_id),
    product_id    INTEGER NOT NULL REFERENCES products (product_id),
    quantity      INTEGER NOT NULL CHECK (quantity > 0),
    unit_price    REAL NOT NULL,
    discount      REAL NOT NULL DEFAULT 0 CHECK (discount BETWEEN 0 AND 1),
    total_amount  REAL NOT NULL
);

CREATE INDEX orders_by_customer ON orders (customer_id);
CREATE INDEX orders_by_date ON orders (order_date);
CREATE INDEX sales_by_order ON sales (order_id);
CREATE INDEX sales_by_product ON sales (product_id);

INSERT INTO categories (category_id, category_name) VALUES
    (1, 'Magic'), (2, 'Electronics'), (3, 'Outdoor'), (4, 'Puzzles'), (5, 'Books');

INSERT INTO products (product_id, product_name, category_id, price, cost, stock, launched_on) VALUES
    (101, 'Card Trick Starter Set',   1,  14.90,   5.20, 310, '2022-03-01'),
    (102, 'Vanishing Coin',           1,   9.50,   2.10, 540, '2021-09-15'),
    (123, 'Magic Wand Pro',           1,  49.90,  18.40, 125, '2023-02-10'),
    (201, 'Solar Pocket Charger',     2,  34.00,  15.75, 220, '2022-06-20'),
    (202, 'Desk Weather Station',     2,  79.00,  38.00,  64, '2023-05-05'),
    (456, 'TechGadget X1',            2, 129.00,  61.50,  90, '2023-08-01'),
    (301, 'Kite Stratos 220',         3,  42.50,  17.30, 130, '2022-04-12'),
    (302, 'Foldable Frisbee',         3,  12.00,   3.60, 410, '2021-05-30'),
    (789, 'SuperSonic Blaster',       3,  39.90,  14.20, 205, '2023-04-18'),
    (401, 'Twelve-Sided Puzzle',      4,  19.90,   6.80, 175, '2022-11-11'),
    (402, 'Wooden Maze',              4,  27.50,  10.90, 140, '2023-01-20'),
    (501, 'Illusions Explained',      5,  24.00,   9.00,  95, '2022-10-03');

-- 60 customers: names and cities cycle, the pair is unique.
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 59),
first_names (i, name) AS (VALUES (0, 'Ada'), (1, 'Bruno'), (2, 'Chiara'), (3, 'Deniz'), (4, 'Elif'),
    (5, 'Farid'), (6, 'Grace'), (7, 'Hugo'), (8, 'Ines'), (9, 'Jonas')),
last_names (i, name) AS (VALUES (0, 'Abel'), (1, 'Brandt'), (2, 'Costa'), (3, 'Dubois'),
    (4, 'Eriksen'), (5, 'Fischer'), (6, 'García'), (7, 'Haddad'), (8, 'Ivanova'), (9, 'Jansen'),
    (10, 'Köhler'), (11, 'Lindqvist')),
cities (i, city, country) AS (VALUES (0, 'Lisbon', 'Portugal'), (1, 'Zürich', 'Switzerland'),
    (2, 'Oslo', 'Norway'), (3, 'Lyon', 'France'), (4, 'Izmir', 'Turkey'), (5, 'Ghent', 'Belgium'))
INSERT INTO customers (customer_id, full_name, email, city, country, segment, signed_up_on)
SELECT 1001 + n.i,
       first_names.name || ' ' || last_names.name,
       'customer' || (1001 + n.i) || '@example.com',
       cities.city, cities.country,
       CASE n.i % 5 WHEN 0 THEN 'business' WHEN 3 THEN 'education' ELSE 'consumer' END,
       date('2022-01-05', '+' || (n.i * 11) || ' days')
FROM n
JOIN first_names ON first_names.i = n.i % 10
JOIN last_names ON last_names.i = (n.i + n.i / 10) % 12
JOIN cities ON cities.i = (n.i * 5 + n.i / 10) % 6;

-- 900 orders over two years.
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 899)
INSERT INTO orders (order_id, customer_id, order_date, status, channel)
SELECT 50001 + n.i,
       1001 + (n.i * 37 + n.i / 60) % 60,
       date('2024-01-01', '+' || (n.i * 731 / 900) || ' days'),
       CASE WHEN n.i % 23 = 7 THEN 'returned' WHEN n.i >= 880 THEN 'open'
            WHEN n.i >= 860 THEN 'shipped' ELSE 'delivered' END,
       CASE n.i % 4 WHEN 0 THEN 'store' WHEN 3 THEN 'phone' ELSE 'web' END
FROM n;

-- One to three lines an order.
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 899),
line (k) AS (VALUES (0), (1), (2)),
shelf (i, product_id) AS (VALUES (0, 123), (1, 456), (2, 789), (3, 101), (4, 102), (5, 201),
    (6, 202), (7, 301), (8, 302), (9, 401), (10, 402), (11, 501)),
chosen AS (
    SELECT n.i, line.k, shelf.product_id,
           1 + (n.i * 13 + line.k * 5) % 4 AS quantity,
           CASE (n.i + line.k) % 6 WHEN 0 THEN 0.10 WHEN 4 THEN 0.05 ELSE 0.0 END AS discount
    FROM n JOIN line ON line.k <= (n.i * 5) % 3
    JOIN shelf ON shelf.i = (n.i * 7 + line.k * 4 + n.i / 12) % 12
)
INSERT INTO sales (sale_id, order_id, product_id, quantity, unit_price, discount, total_amount)
SELECT row_number() OVER (ORDER BY chosen.i, chosen.k),
       50001 + chosen.i, chosen.product_id, chosen.quantity, products.price, chosen.discount,
       round(chosen.quantity * products.price * (1 - chosen.discount), 2)
FROM chosen JOIN products USING (product_id);

COMMIT;
ANALYZE;
