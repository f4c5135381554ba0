//! The decisions that everything else relies on, each in one place and none hidden in a loop.

use super::fees::Rounding;

/// Moves one leg on both of its accounts, or nothing: the decision and the change are one statement.
///
/// It changes no row when the journal is booked already, the hold is resolved, an account is missing or takes nothing,
/// or the amount is more than is free; who wants to know which, asks afterwards. The constraints of the tables would
/// refuse the same, and are there for code that does not pass here.
///
/// `$1` debit, `$2` credit, `$3` and `$4` what is added to posted and held sums, `$5` now, `$6` journal, `$7` the hold
/// that it resolves, or 0.
pub const MOVE: &str = "UPDATE ledger_accounts SET
    dp = dp + CASE WHEN id = $1 THEN CAST($3 AS BIGINT) ELSE 0 END,
    cp = cp + CASE WHEN id = $2 THEN CAST($3 AS BIGINT) ELSE 0 END,
    dh = dh + CASE WHEN id = $1 THEN CAST($4 AS BIGINT) ELSE 0 END,
    ch = ch + CASE WHEN id = $2 THEN CAST($4 AS BIGINT) ELSE 0 END,
    version = version + 1, updated_at = $5
  WHERE id IN ($1, $2)
    AND NOT EXISTS(SELECT 1 FROM journals WHERE id = $6)
    AND NOT EXISTS(SELECT 1 FROM transfers WHERE resolves = $7)
    AND 2 = (SELECT COUNT(*) FROM ledger_accounts WHERE id IN ($1, $2) AND status = 'active'
      AND dp <= 4000000000000000000 - CAST($3 AS BIGINT) AND cp <= 4000000000000000000 - CAST($3 AS BIGINT)
      AND dh <= 4000000000000000000 - CAST($4 AS BIGINT) AND ch <= 4000000000000000000 - CAST($4 AS BIGINT)
      AND (id <> $1 OR rule <> 'credit_balance_ge_0' OR cp - dp - dh >= CAST($3 AS BIGINT) + CAST($4 AS BIGINT))
      AND (id <> $2 OR rule <> 'debit_balance_ge_0' OR dp - cp - ch >= CAST($3 AS BIGINT) + CAST($4 AS BIGINT)))
  RETURNING id, version, cp - dp - dh AS free,
    (SELECT seq FROM transfers ORDER BY seq DESC LIMIT 1) AS last_seq,
    (SELECT hash FROM transfers ORDER BY seq DESC LIMIT 1) AS last_hash";

/// Halves go to the even neighbour, which adds up to nothing over many fees; a plan may say otherwise.
pub const FEE_ROUNDING: Rounding = Rounding::HalfEven;
