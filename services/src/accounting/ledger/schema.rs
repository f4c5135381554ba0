//! The ledger's tables. Each rule that can be a constraint is one: code that forgets it is refused by the store.

/// The tables; a service lists them among its migrations.
///
/// Volumes end at 4 × 10^18, so that no expression over two of them passes 64 bits.
pub const TABLES: &str = "
CREATE TABLE ledger_accounts(
  id TEXT NOT NULL PRIMARY KEY, number TEXT NOT NULL UNIQUE, class TEXT NOT NULL, owner TEXT NOT NULL,
  currency TEXT NOT NULL CHECK(length(currency) = 3),
  category TEXT NOT NULL CHECK(category IN ('asset', 'liability', 'income', 'expense', 'equity')),
  rule TEXT NOT NULL CHECK(rule IN ('none', 'credit_balance_ge_0', 'debit_balance_ge_0')),
  status TEXT NOT NULL DEFAULT 'active' CHECK(status IN ('active', 'frozen', 'closed')),
  dp {{int}} NOT NULL DEFAULT 0 CHECK(dp BETWEEN 0 AND 4000000000000000000),
  cp {{int}} NOT NULL DEFAULT 0 CHECK(cp BETWEEN 0 AND 4000000000000000000),
  dh {{int}} NOT NULL DEFAULT 0 CHECK(dh BETWEEN 0 AND 4000000000000000000),
  ch {{int}} NOT NULL DEFAULT 0 CHECK(ch BETWEEN 0 AND 4000000000000000000),
  version {{int}} NOT NULL DEFAULT 0, opened_at {{int}} NOT NULL, updated_at {{int}} NOT NULL,
  CONSTRAINT no_credit_overdraft CHECK(rule <> 'credit_balance_ge_0' OR cp - dp - dh >= 0),
  CONSTRAINT no_debit_overdraft CHECK(rule <> 'debit_balance_ge_0' OR dp - cp - ch >= 0)
) {{clustered}};
CREATE INDEX ledger_accounts_by_owner ON ledger_accounts(owner, class);
CREATE TABLE journals(
  id TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, reference TEXT NOT NULL, fingerprint TEXT NOT NULL,
  at {{int}} NOT NULL
) {{clustered}};
CREATE TABLE transfers(
  seq {{int}} PRIMARY KEY CHECK(seq > 0),
  journal_id TEXT NOT NULL REFERENCES journals(id), leg {{int}} NOT NULL,
  how TEXT NOT NULL CHECK(how IN ('single', 'hold', 'post', 'void')), resolves {{int}} REFERENCES transfers(seq),
  debit TEXT NOT NULL REFERENCES ledger_accounts(id), credit TEXT NOT NULL REFERENCES ledger_accounts(id),
  currency TEXT NOT NULL, amount {{int}} NOT NULL CHECK(amount BETWEEN 1 AND 1000000000000000),
  dv {{int}} NOT NULL, cv {{int}} NOT NULL, at {{int}} NOT NULL,
  previous_hash TEXT NOT NULL, hash TEXT NOT NULL,
  UNIQUE(journal_id, leg), UNIQUE(debit, dv), UNIQUE(credit, cv),
  CHECK(debit <> credit), CHECK(debit LIKE '%:' || currency AND credit LIKE '%:' || currency),
  CHECK((how IN ('post', 'void')) = (resolves IS NOT NULL)), CHECK(resolves < seq)
) {{strict}};
CREATE UNIQUE INDEX one_resolution ON transfers(resolves) WHERE resolves IS NOT NULL;
{{immutable:journals}}
{{immutable:transfers}}";
