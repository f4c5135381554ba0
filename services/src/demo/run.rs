//! The driver: offers every purchase to the gateway, bounded in parallel, and does not give up on a doubtful one.
//!
//! Order number and idempotency key of a purchase follow from the run and its line, so that a run that was broken off
//! and started again asks for the same payments, not for new ones. An answer that leaves doubt is repeated with the
//! same key; at the end the gateway is asked what became of everything it took on.

use std::{io::Write, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use indicatif::ProgressBar;
use payment_clients::{
    apis::{
        ids::{MerchantId, MerchantOrderNo},
        payment_gateway::{CreatePayment, Payment, PaymentApi, PaymentFilter, PaymentStatus},
    },
    contract::{
        error::{Error, Result},
        idempotency::IdempotencyKey,
        money::Money,
        options::{CallOptions, WithOptions},
        page::Page,
    },
};
use tokio::time::{Instant, sleep};

use super::{
    history::{History, Question},
    input::{Purchase, Row, Unreadable},
    tally::{Tally, Verdict},
};

/// What to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Names the run; the same name repeats the same payments. Letters, digits and dashes, at most 40.
    pub run_id: String,
    /// The merchant that is paid.
    pub merchant_id: MerchantId,
    /// Most calls in flight.
    pub concurrency: usize,
    /// Most rows to offer.
    pub limit: Option<u64>,
    /// Longest time without progress before what is open counts as unknown.
    pub patience: Duration,
}

/// Waits before doubtful payments are asked for again; then they count as unknown.
const AGAIN_AFTER: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(8)];
/// Between two looks at what is still open.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Most payments of one page of the gateway.
const PAGE: i64 = 100;

/// Pays purchases.
pub struct Driver<'a> {
    gateway: Arc<dyn PaymentApi>,
    plan: &'a Plan,
    bar: &'a ProgressBar,
    history: Option<&'a History>,
}

// === impl Driver ===

impl<'a> Driver<'a> {
    /// Pays through `gateway`; `bar` advances with every answer.
    pub fn new(gateway: Arc<dyn PaymentApi>, plan: &'a Plan, bar: &'a ProgressBar) -> Self {
        Self { gateway, plan, bar, history: None }
    }

    /// Writes down what is sent and what is answered.
    #[must_use]
    pub fn writing(self, history: &'a History) -> Self {
        Self { history: Some(history), ..self }
    }

    /// Offers every row and counts what the gateway answers. Malformed rows are told on `told`.
    ///
    /// # Errors
    /// When the rows end in the middle of the file.
    pub async fn pay<I, W>(&self, rows: I, told: &mut W) -> Result<Tally, Unreadable>
    where
        I: Iterator<Item = Result<Row, Unreadable>>,
        W: Write,
    {
        let mut tally = Tally::default();
        let mut doubtful = Vec::new();
        let limit = self.plan.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let mut offers = stream::iter(rows.take(limit))
            .map(|row| async move {
                match row {
                    Ok(Ok(purchase)) => Ok(Ok(self.offer(purchase).await)),
                    Ok(Err(bad)) => Ok(Err(bad)),
                    Err(unreadable) => Err(unreadable),
                }
            })
            .buffer_unordered(self.plan.concurrency.max(1));
        while let Some(offer) = offers.next().await {
            match offer? {
                Ok(Offer { purchase, verdict, elapsed }) => {
                    tally.offer(purchase.money);
                    tally.answered_in(elapsed);
                    match verdict {
                        Verdict::NotDone | Verdict::Doubtful => doubtful.push(purchase),
                        verdict => tally.settle(purchase.line, purchase.money, verdict),
                    }
                }
                Err(bad) => {
                    tally.malformed();
                    // A reader that went away is no reason to stop paying.
                    self.bar.suspend(|| writeln!(told, "{bad}; not offered").unwrap_or_default());
                }
            }
            self.bar.inc(1);
        }
        self.ask_again(doubtful, &mut tally).await;
        Ok(tally)
    }

    /// Repeats what has no definite answer, with the same keys.
    async fn ask_again(&self, mut doubtful: Vec<Purchase>, tally: &mut Tally) {
        for (round, wait) in AGAIN_AFTER.into_iter().enumerate() {
            if doubtful.is_empty() {
                return;
            }
            let last = round + 1 == AGAIN_AFTER.len();
            sleep(wait).await;
            let mut offers = stream::iter(std::mem::take(&mut doubtful))
                .map(|purchase| self.offer(purchase))
                .buffer_unordered(self.plan.concurrency.max(1));
            while let Some(Offer { purchase, verdict, .. }) = offers.next().await {
                match verdict {
                    Verdict::NotDone | Verdict::Doubtful if !last => doubtful.push(purchase),
                    verdict => tally.settle(purchase.line, purchase.money, verdict),
                }
            }
        }
    }

    async fn offer(&self, purchase: Purchase) -> Offer {
        let payment = self.payment(&purchase);
        let begun = Instant::now();
        let verdict = Verdict::of(&self.ask(&payment).await);
        Offer { purchase, verdict, elapsed: begun.elapsed() }
    }

    async fn ask(&self, payment: &CreatePayment) -> Result<Payment> {
        let key = IdempotencyKey::new(payment.order_no.as_str());
        let key = key.map_err(|error| Error::invalid_request(error.to_string()))?;
        let question = Question::pay(payment);
        self.history.map_or(Ok(()), |history| history.sent(&question))?;
        let answer = self.gateway.with(CallOptions::new().key(key)).create_payment(payment).await;
        if let Some(history) = self.history {
            history.answered(&question, &answer, |paid| paid.payment_no.to_string());
        }
        answer
    }

    fn payment(&self, purchase: &Purchase) -> CreatePayment {
        let Purchase { line, customer_id, date, quantity, money } = purchase;
        CreatePayment {
            customer_email: format!("customer-{customer_id}@example.com").into(),
            description: Some(format!("{quantity} pieces on {date}")),
            notify_url: "https://shop.example/notify".to_owned(),
            return_url: "https://shop.example/thanks".to_owned(),
            ..CreatePayment::new(
                self.plan.merchant_id,
                MerchantOrderNo::from(format!("{}-{line}", self.plan.run_id)),
                *money,
            )
        }
    }
}

/// A purchase and its answer.
struct Offer {
    purchase: Purchase,
    verdict: Verdict,
    elapsed: Duration,
}

// === what became of them ===

impl Driver<'_> {
    /// Waits until the gateway has finished everything it took on, then corrects the count by what failed after all.
    ///
    /// # Errors
    /// When the gateway cannot be asked.
    pub async fn settle(&self, tally: &mut Tally) -> Result<()> {
        let mut open = self.open().await?;
        let mut moved = Instant::now();
        while open > 0 && moved.elapsed() < self.plan.patience {
            sleep(LOOK_EVERY).await;
            let now_open = self.open().await?;
            if now_open != open {
                moved = Instant::now();
                open = now_open;
            }
        }
        for status in [
            PaymentStatus::Pending,
            PaymentStatus::Processing,
            PaymentStatus::Failed,
            PaymentStatus::Cancelled,
            PaymentStatus::Expired,
        ] {
            self.each(status, |payment| {
                let line =
                    payment.order_no.as_str().strip_prefix(&self.plan.run_id).and_then(|rest| rest.strip_prefix('-'));
                if let Some(line) = line.and_then(|line| line.parse().ok()) {
                    tally.correct(line, Money::new(payment.amount, payment.currency), &payment.status);
                }
            })
            .await?;
        }
        Ok(())
    }

    /// Payments of this run that are not final.
    async fn open(&self) -> Result<i64> {
        let pending = self.page(&self.filter(PaymentStatus::Pending, 1, 1)).await?.total;
        let processing = self.page(&self.filter(PaymentStatus::Processing, 1, 1)).await?.total;
        Ok(pending + processing)
    }

    /// Some of this run's payments. A gateway that cannot answer is asked again while there is patience.
    async fn page(&self, filter: &PaymentFilter) -> Result<Page<Payment>> {
        let begun = Instant::now();
        loop {
            match self.gateway.list_payments(filter).await {
                Err(_) if begun.elapsed() < self.plan.patience => sleep(LOOK_EVERY).await,
                answer => return answer,
            }
        }
    }

    /// Calls `seen` with every payment of this run in a status.
    async fn each(&self, status: PaymentStatus, mut seen: impl FnMut(&Payment)) -> Result<()> {
        for page in 1.. {
            let payments = self.page(&self.filter(status.clone(), page, PAGE)).await?;
            payments.list.iter().for_each(&mut seen);
            if page * PAGE >= payments.total {
                break;
            }
        }
        Ok(())
    }

    fn filter(&self, status: PaymentStatus, page: i64, page_size: i64) -> PaymentFilter {
        PaymentFilter {
            merchant_id: Some(self.plan.merchant_id),
            status: Some(status),
            keyword: Some(format!("{}-", self.plan.run_id)),
            page: Some(page),
            page_size: Some(page_size),
            ..PaymentFilter::default()
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
