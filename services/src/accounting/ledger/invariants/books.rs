//! I1 to I6: all transfers are read once, in their order, and folded.

use std::collections::{BTreeMap, BTreeSet};

use payment_clients::contract::error::Result;

use crate::{
    accounting::ledger::{
        chain::{GENESIS, Link},
        chart::{Account, Class, Rule},
        journal::{How, Kind},
    },
    args,
    kit::{
        invariants::Violation,
        store::{Row, View},
    },
};

/// Sums of an account, as wide as no sum can pass.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Sums {
    dp: i128,
    cp: i128,
    dh: i128,
    ch: i128,
    version: i64,
}

/// A transfer, as its row has it.
struct Transfer {
    seq: i64,
    journal_id: String,
    leg: i64,
    kind: String,
    fingerprint: String,
    how: How,
    resolves: Option<i64>,
    debit: String,
    credit: String,
    currency: String,
    amount: i64,
    dv: i64,
    cv: i64,
    at: i64,
    previous_hash: String,
    hash: String,
}

/// A hold while it is open.
struct Open {
    debit: String,
    credit: String,
    amount: i64,
}

/// The journal whose legs are being read.
struct Legs {
    id: String,
    kind: String,
    legs: Vec<(How, Class, Class)>,
}

/// What is left of all transfers so far.
struct Fold {
    accounts: BTreeMap<String, Sums>,
    open: BTreeMap<i64, Open>,
    last_seq: i64,
    last_hash: String,
    journal: Option<Legs>,
    seen: BTreeSet<String>,
    found: Vec<Violation>,
}

/// Checks all transfers, then the accounts against them.
pub(super) fn check(view: &View<'_>) -> Result<Vec<Violation>> {
    const TRANSFERS: &str = "SELECT t.seq, t.journal_id, t.leg, j.kind, j.fingerprint, t.how, t.resolves, t.debit,
            t.credit, t.currency, t.amount, t.dv, t.cv, t.at, t.previous_hash, t.hash
        FROM transfers t JOIN journals j ON j.id = t.journal_id ORDER BY t.seq";
    let mut fold = Fold {
        accounts: BTreeMap::new(),
        open: BTreeMap::new(),
        last_seq: 0,
        last_hash: GENESIS.to_owned(),
        journal: None,
        seen: BTreeSet::new(),
        found: totals(view)?,
    };
    view.all(TRANSFERS, &[], |row| {
        fold.take(&transfer(row)?);
        Ok(())
    })?;
    fold.end_of_journal();
    accounts(view, fold)
}

fn transfer(row: &Row<'_>) -> Result<Transfer> {
    Ok(Transfer {
        seq: row.get("seq")?,
        journal_id: row.get("journal_id")?,
        leg: row.get("leg")?,
        kind: row.get("kind")?,
        fingerprint: row.get("fingerprint")?,
        how: row.parse("how")?,
        resolves: row.get("resolves")?,
        debit: row.get("debit")?,
        credit: row.get("credit")?,
        currency: row.get("currency")?,
        amount: row.get("amount")?,
        dv: row.get("dv")?,
        cv: row.get("cv")?,
        at: row.get("at")?,
        previous_hash: row.get("previous_hash")?,
        hash: row.get("hash")?,
    })
}

fn totals(view: &View<'_>) -> Result<Vec<Violation>> {
    const TOTALS: &str = "SELECT currency, CAST(SUM(dp) - SUM(cp) AS BIGINT) AS posted,
            CAST(SUM(dh) - SUM(ch) AS BIGINT) AS held
        FROM ledger_accounts GROUP BY currency HAVING SUM(dp) <> SUM(cp) OR SUM(dh) <> SUM(ch)";
    view.all(TOTALS, &[], |row| {
        let (currency, posted, held): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Violation::new("I1", currency, format!("debits less credits are {posted} posted, {held} held")))
    })
}

/// I2: what stands on the accounts is what was folded. Journals without transfers would be in no fold.
fn accounts(view: &View<'_>, mut fold: Fold) -> Result<Vec<Violation>> {
    const ACCOUNTS: &str = "SELECT id, dp, cp, dh, ch, version FROM ledger_accounts ORDER BY id";
    const EMPTY: &str =
        "SELECT id FROM journals j WHERE NOT EXISTS(SELECT 1 FROM transfers t WHERE t.journal_id = j.id)";
    view.all(ACCOUNTS, args![], |row| {
        let id: String = row.get("id")?;
        let sum = |column: &'static str| row.get::<i64>(column).map(i128::from);
        let kept =
            Sums { dp: sum("dp")?, cp: sum("cp")?, dh: sum("dh")?, ch: sum("ch")?, version: row.get("version")? };
        let folded = fold.accounts.remove(&id).unwrap_or_default();
        if kept != folded {
            let texts = [kept, folded].map(|Sums { dp, cp, dh, ch, version }| {
                format!("dp {dp}, cp {cp}, dh {dh}, ch {ch}, version {version}")
            });
            fold.found.push(Violation::new("I2", id, format!("has {}, its transfers {}", texts[0], texts[1])));
        }
        Ok(())
    })?;
    let strangers = fold.accounts.keys().map(|id| Violation::new("I2", id.as_str(), "has transfers and no row"));
    fold.found.extend(strangers);
    fold.found.extend(view.all(EMPTY, &[], |row| {
        Ok(Violation::new("I6", format!("journal {}", row.get::<String>(0)?), "has no transfers"))
    })?);
    Ok(fold.found)
}

// === impl Fold ===

impl Fold {
    fn take(&mut self, transfer: &Transfer) {
        self.chain(transfer);
        self.legs(transfer);
        let freed = self.resolve(transfer);
        let amount = i128::from(transfer.amount);
        let posted = if matches!(transfer.how, How::Single | How::Post) { amount } else { 0 };
        let held = if transfer.how == How::Hold { amount } else { -freed };
        let debit = Sums { dp: posted, dh: held, version: transfer.dv, ..Sums::default() };
        let credit = Sums { cp: posted, ch: held, version: transfer.cv, ..Sums::default() };
        self.add(transfer, &transfer.debit, debit);
        self.add(transfer, &transfer.credit, credit);
    }

    fn report(&mut self, invariant: &'static str, transfer: &Transfer, what: &str) {
        let Transfer { seq, journal_id, .. } = transfer;
        self.found.push(Violation::new(invariant, format!("transfer {seq} of {journal_id}"), what));
    }

    /// I5: no place is empty, and each hash follows from the one before it.
    fn chain(&mut self, transfer: &Transfer) {
        if transfer.seq != self.last_seq + 1 {
            self.report("I5", transfer, &format!("follows transfer {}", self.last_seq));
        }
        let Transfer { seq, journal_id, fingerprint, leg, how, resolves, debit, credit, currency, .. } = transfer;
        let link = Link {
            seq: *seq,
            journal_id,
            fingerprint,
            leg: *leg,
            how: how.as_str(),
            resolves: *resolves,
            debit,
            credit,
            currency,
            amount: transfer.amount,
            dv: transfer.dv,
            cv: transfer.cv,
            at: transfer.at,
        };
        if transfer.previous_hash != self.last_hash || transfer.hash != link.hash(&transfer.previous_hash) {
            self.report("I5", transfer, "the chain of hashes breaks here");
        }
        self.last_seq = transfer.seq;
        self.last_hash.clone_from(&transfer.hash);
    }

    /// I4: ends the hold that the transfer resolves, and says how much that frees.
    fn resolve(&mut self, transfer: &Transfer) -> i128 {
        if transfer.how == How::Hold {
            let Transfer { debit, credit, amount, .. } = transfer;
            let open = Open { debit: debit.clone(), credit: credit.clone(), amount: *amount };
            self.open.insert(transfer.seq, open);
        }
        let Some(place) = transfer.resolves else { return 0 };
        let Some(hold) = self.open.remove(&place) else {
            self.report("I4", transfer, &format!("resolves {place}, which is no open hold"));
            return 0;
        };
        let same = hold.debit == transfer.debit && hold.credit == transfer.credit;
        let fits = transfer.amount == hold.amount || (transfer.how == How::Post && transfer.amount < hold.amount);
        if !(same && fits) {
            let Open { debit, credit, amount } = &hold;
            self.report("I4", transfer, &format!("resolves a hold of {amount} from {debit} to {credit}"));
        }
        i128::from(hold.amount)
    }

    /// I6: collects the legs of a journal, which stand one after another.
    fn legs(&mut self, transfer: &Transfer) {
        if self.journal.as_ref().is_none_or(|journal| journal.id != transfer.journal_id) {
            self.end_of_journal();
            if !self.seen.insert(transfer.journal_id.clone()) {
                self.report("I6", transfer, "the journal had ended before");
            }
            let (id, kind) = (transfer.journal_id.clone(), transfer.kind.clone());
            self.journal = Some(Legs { id, kind, legs: Vec::new() });
        }
        let sides = [&transfer.debit, &transfer.credit].map(|id| id.parse::<Account>());
        let [Ok(debit), Ok(credit)] = sides else {
            return self.report("I6", transfer, "a side is no account");
        };
        if debit.currency().as_str() != transfer.currency || credit.currency() != debit.currency() {
            self.report("I6", transfer, "the currencies differ");
        }
        if let Some(journal) = &mut self.journal {
            journal.legs.push((transfer.how, debit.class(), credit.class()));
        }
    }

    fn end_of_journal(&mut self) {
        let Some(Legs { id, kind, legs }) = self.journal.take() else { return };
        if !kind.parse().is_ok_and(|kind: Kind| kind.may_have(&legs)) {
            self.found.push(Violation::new("I6", format!("journal {id}"), format!("of kind {kind} has legs {legs:?}")));
        }
    }

    /// I3 and I5: adds to one side, which then is not below zero and has the next version.
    fn add(&mut self, transfer: &Transfer, id: &str, change: Sums) {
        let sums = self.accounts.entry(id.to_owned()).or_default();
        let next = sums.version + 1;
        *sums = Sums {
            dp: sums.dp + change.dp,
            cp: sums.cp + change.cp,
            dh: sums.dh + change.dh,
            ch: sums.ch + change.ch,
            version: change.version,
        };
        let Sums { dp, cp, dh, ch, version } = *sums;
        if version != next {
            self.report("I5", transfer, &format!("{id} has version {version} where {next} must be"));
        }
        let rule = id.parse::<Account>().map_or(Rule::None, |account| account.class().rule());
        let free = match rule {
            Rule::None => return,
            Rule::Credit => cp - dp - dh,
            Rule::Debit => dp - cp - ch,
        };
        if free < 0 {
            self.report("I3", transfer, &format!("{id} is at {free} after it"));
        }
    }
}
