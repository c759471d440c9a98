-- One accepted transfer as one call of bench_accept (accept_function.sql). Accounts are numbered 1 to :accounts.
\set n random(1, :accounts)
\set m 1 + (:n + random(0, :accounts - 2)) % :accounts
SELECT bench_accept(:n, :m);
