#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# on_postgres.sh SCRIPT.sql COMMAND...: within tests/sql/with_postgres.sh, make the database "shop" by
# the script and run the command with its DATABASE_URL.
set -euo pipefail
script=$1
shift
psql=("$MCP_TEST_POSTGRES_BIN/psql" -X -q -v ON_ERROR_STOP=1 -h "$MCP_TEST_POSTGRES_DIR" -U postgres)
"${psql[@]}" -d postgres -c 'CREATE DATABASE shop'
"${psql[@]}" -d shop -f "$script"
export DATABASE_URL="postgresql://shop_reader@/shop?host=$MCP_TEST_POSTGRES_DIR"
"$@"
