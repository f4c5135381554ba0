//! The shops. Each opens, sells, is settled and paid out, sells again, pays some of it back, takes out what it has been
//! given, and is done; several at once, one after another until the drill has killed enough.

use std::{future::ready, sync::Arc};

use futures_util::{StreamExt, TryStreamExt, future::try_join_all, stream};
use payment_clients::{
    apis::{
        accounting::{
            Account, AccountApi, AccountTransaction, AccountType, CreateAccount, CreateTransaction, TransactionApi,
            TransactionFilter, TransactionType,
        },
        ids::OperatorId,
        payment_gateway::{CreatePayment, CreateRefund, Payment, PaymentApi, PaymentStatus, RefundApi},
        settlement::{ApproveSettlement, CreateSettlement, SettledTransaction, SettlementApi, SettlementCycle},
        withdrawal::{
            ApproveWithdrawal, BankAccountApi, BankAccountId, BankAccountType, CreateBankAccount, CreateWithdrawal,
            UpdateBankAccount, WithdrawalApi, WithdrawalType,
        },
    },
    contract::{
        error::{Error, Result},
        money::{Currency, Money},
        options::WithOptions,
        timestamp::Timestamp,
    },
    platform::{PaymentGatewayClient, Platform, WithdrawalClient},
};

use super::history::{History, Told};
use crate::{
    demo::merchant::{self, as_staff},
    host::Secrets,
    kit::{clock::Clock, days::DAY, tasks::Shutdown},
    platform::Urls,
    registry::Name,
    supervisor::calls::Calls,
};

/// Shops that are open at once.
const SHOPS: usize = 4;
/// How the channel behaves towards the customers of a shop: these buy before it is settled, and again after that.
const PAYERS: [&str; 8] = ["payer", "lose_answer", "payer", "duplicate", "fail", "late", "refuse_once", "decline"];
/// How the bank behaves towards shops, in turn.
const HOLDERS: [&str; 5] = ["Shop", "lose_answer", "late", "busy_once", "refuse"];
/// What is lent to a shop that it may withdraw, and what it withdraws.
const LENT: [i64; 2] = [50_000, 20_000];
/// Decides, and agrees to what the other has decided.
const STAFF: [&str; 2] = ["00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b"];

/// What the shops do.
pub struct Load<'a> {
    urls: &'a Urls,
    secrets: &'a Secrets,
    clock: Clock,
    calls: &'a Calls,
    history: History,
}

/// A shop that is open, and who acts for it.
struct Shop {
    number: u32,
    id: merchant::Shop,
    account: Account,
    bank_account: BankAccountId,
    gateway: PaymentGatewayClient,
    own: WithdrawalClient,
    staff: Platform,
}

// === impl Load ===

impl<'a> Load<'a> {
    /// Shops of the platform at these addresses.
    pub fn new(urls: &'a Urls, secrets: &'a Secrets, clock: Clock, calls: &'a Calls) -> Self {
        Self { urls, secrets, clock, calls, history: History::default() }
    }

    /// What was answered to them.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Opens one shop after another until it is to stop; those that are open then come to their end.
    ///
    /// # Errors
    /// When the outcome of a call cannot be found out.
    pub async fn run(&self, stop: Shutdown) -> Result<()> {
        let numbers = stream::iter(1..).take_while(|_| ready(!stop.has_begun()));
        numbers.map(|number| self.shop(number)).buffer_unordered(SHOPS).try_collect().await
    }

    /// The life of one shop.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn shop(&self, number: u32) -> Result<()> {
        let shop = self.open(number).await?;
        let sold = self.sell(&shop, "first").await?;
        if !sold.is_empty() {
            self.settle(&shop, sold.len()).await?;
        }
        let sold = self.sell(&shop, "second").await?;
        try_join_all(sold.iter().map(|payment| self.pay_back(&shop, payment))).await?;
        self.withdraw(&shop).await
    }

    async fn open(&self, number: u32) -> Result<Shop> {
        let name = format!("Shop {number}");
        let admit = async || merchant::admit(self.urls, self.secrets, &self.clock, &name).await.map(Some);
        let id = self.calls.wait_for("the shop", admit).await?;
        let staff = merchant::staff(self.urls, self.secrets, &self.clock)?;
        let gateway = PaymentGatewayClient::builder().url(&self.urls[&Name::PaymentGateway]);
        let own = WithdrawalClient::builder().url(&self.urls[&Name::Withdrawal]);
        let gateway = gateway.signer(id.signer.clone()).build()?.into();
        let own = own.credentials(Arc::new(id.session.clone())).build()?.into();
        let account = self.account(number, &id, &staff).await?;
        let bank_account = self.bank_account(number, &id, &staff).await?;
        Ok(Shop { number, id, account, bank_account, gateway, own, staff })
    }

    async fn account(&self, number: u32, shop: &merchant::Shop, staff: &Platform) -> Result<Account> {
        let accounts = staff.accounting()?;
        let asked =
            CreateAccount { merchant_id: shop.id, account_type: AccountType::Operating, currency: Currency::USD };
        let make = async |options| accounts.with(options).create_account(&asked).await;
        let made = by_staff(0, self.calls.make("account", format!("drill:{number}:account"), make)).await?;
        made.ok_or_else(|| refused("an account"))
    }

    async fn bank_account(&self, number: u32, shop: &merchant::Shop, staff: &Platform) -> Result<BankAccountId> {
        let accounts = staff.withdrawal()?;
        let holder =
            HOLDERS.iter().cycle().nth(usize::try_from(number).unwrap_or_default()).copied().unwrap_or_default();
        let asked = CreateBankAccount::new(
            shop.id,
            BankAccountType::Corporate,
            "Bank".to_owned(),
            "COBADEFF".to_owned(),
            format!("{holder} {number}").into(),
            "DE89370400440532013000".into(),
        );
        let make = async |options| accounts.with(options).create_bank_account(&asked).await;
        let made = by_staff(0, self.calls.make("bank account", format!("drill:{number}:bank-account"), make)).await?;
        let id = made.ok_or_else(|| refused("a bank account"))?.id;
        let verified = UpdateBankAccount { is_verified: Some(true), ..UpdateBankAccount::default() };
        let verify = async || accounts.update_bank_account(&id, &verified).await.map(Some);
        by_staff(0, self.calls.wait_for("the bank account", verify)).await?;
        Ok(id)
    }
}

// === what a shop does ===

impl Load<'_> {
    /// Sells, and waits until each payment has ended. Those that were paid are returned.
    async fn sell(&self, shop: &Shop, round: &str) -> Result<Vec<Payment>> {
        // A whole number of minor units is the fee of each.
        let sales = (1..).zip(PAYERS).map(|(number, payer)| {
            let order = format!("{}-{round}-{number}", shop.number);
            self.sale(shop, order, payer, Money::new(number * 1_000, Currency::USD))
        });
        Ok(try_join_all(sales).await?.into_iter().flatten().collect())
    }

    async fn sale(&self, shop: &Shop, order: String, payer: &str, money: Money) -> Result<Option<Payment>> {
        let asked = CreatePayment {
            customer_email: format!("{payer}@example.com").into(),
            notify_url: "https://shop.example/notify".to_owned(),
            return_url: "https://shop.example/thanks".to_owned(),
            ..CreatePayment::new(shop.id.id, order.as_str().into(), money)
        };
        let pay = async |options| shop.gateway.with(options).create_payment(&asked).await;
        let Some(payment) = self.calls.make("payment", format!("drill:{order}"), pay).await? else { return Ok(None) };
        self.history.note(Told::Payment, &payment.payment_no);
        let ended = async || {
            let payment = shop.gateway.get_payment(&payment.payment_no).await?;
            let open = matches!(payment.status, PaymentStatus::Pending | PaymentStatus::Processing);
            Ok((!open).then_some(payment))
        };
        let ended = self.calls.wait_for(payment.payment_no.as_str(), ended).await?;
        Ok((ended.status == PaymentStatus::Success).then_some(ended))
    }

    async fn pay_back(&self, shop: &Shop, payment: &Payment) -> Result<()> {
        let number = &payment.payment_no;
        let asked = CreateRefund {
            payment_no: number.clone(),
            amount: payment.amount / 2,
            reason: "one of two returned".to_owned(),
            ..CreateRefund::default()
        };
        let refund = async |options| shop.gateway.with(options).create_refund(&asked).await;
        if let Some(refund) = self.calls.make("refund", format!("drill:refund:{number}"), refund).await? {
            self.history.note(Told::Refund, &refund.refund_no);
        }
        Ok(())
    }

    /// One of staff settles what so many payments have brought, the other agrees, and it is paid out.
    async fn settle(&self, shop: &Shop, payments: usize) -> Result<()> {
        let (settlements, name) = (shop.staff.settlement()?, format!("drill:{}", shop.number));
        let asked = self.settlement(shop, payments).await?;
        let create = async |options| settlements.with(options).create_settlement(&asked).await;
        let made = by_staff(0, self.calls.make("settlement", format!("{name}:settle"), create)).await?;
        let Some(made) = made else { return Ok(()) };
        self.history.note(Told::Settlement, &made.id);
        let approval =
            ApproveSettlement { approver_id: operator(1), approver_name: "A. Pprover".to_owned(), comments: None };
        let approve = async |options| settlements.with(options).approve_settlement(&made.id, &approval).await;
        by_staff(1, self.calls.make("approval", format!("{name}:approve"), approve)).await?;
        let execute = async |options| settlements.with(options).execute_settlement(&made.id).await;
        by_staff(0, self.calls.make("pay-out", format!("{name}:execute"), execute)).await.map(drop)
    }

    /// What is to be settled, once all of it is booked.
    async fn settlement(&self, shop: &Shop, payments: usize) -> Result<CreateSettlement> {
        let (accounts, now) = (shop.staff.accounting()?, self.clock.now());
        let filter = TransactionFilter {
            merchant_id: Some(shop.id.id),
            transaction_type: Some(TransactionType::PaymentIn),
            page_size: Some(100),
            ..TransactionFilter::default()
        };
        let booked = async || {
            let list = accounts.list_transactions(&filter).await?.list;
            Ok((list.len() >= payments).then_some(list))
        };
        let booked = by_staff(0, self.calls.wait_for("what was sold, in the books,", booked)).await?;
        let transactions =
            booked.into_iter().map(|AccountTransaction { id, related_no, amount, created_at, .. }| {
                let payment_no = related_no.as_str();
                SettledTransaction {
                    transaction_id: id,
                    order_no: payment_no.into(),
                    payment_no: payment_no.into(),
                    amount,
                    fee: Some(amount / 1_000 * 29),
                    transaction_at: created_at,
                }
            });
        Ok(CreateSettlement {
            merchant_id: shop.id.id,
            cycle: SettlementCycle::Manual,
            start_date: day(now - DAY),
            end_date: day(now),
            currency: Some(Currency::USD),
            transactions: transactions.collect(),
        })
    }

    /// The shop is lent something, and takes a part of it out.
    async fn withdraw(&self, shop: &Shop) -> Result<()> {
        let (accounts, desk, name) =
            (shop.staff.accounting()?, shop.staff.withdrawal()?, format!("drill:{}", shop.number));
        let [lent, taken] = LENT;
        let lend = CreateTransaction::new(shop.account.id, TransactionType::Adjustment, lent);
        let lend = async |options| accounts.with(options).create_transaction(&lend).await;
        by_staff(0, self.calls.make("loan", format!("{name}:lend"), lend)).await?;
        let (money, kind) = (Money::new(taken, Currency::USD), WithdrawalType::Normal);
        let asked = CreateWithdrawal::new(shop.id.id, money, kind, shop.bank_account, operator(0));
        let ask = async |options| shop.own.with(options).create_withdrawal(&asked).await;
        let Some(made) = self.calls.make("withdrawal", format!("{name}:withdraw"), ask).await? else { return Ok(()) };
        self.history.note(Told::Withdrawal, &made.id);
        let approval =
            ApproveWithdrawal { approver_id: operator(1), approver_name: "A. Pprover".to_owned(), comments: None };
        let approve = async |options| desk.with(options).approve_withdrawal(&made.id, &approval).await;
        by_staff(1, self.calls.make("approval", format!("{name}:approve-out"), approve)).await?;
        let execute = async |options| desk.with(options).execute_withdrawal(&made.id).await;
        by_staff(0, self.calls.make("pay-out", format!("{name}:execute-out"), execute)).await.map(drop)
    }
}

/// Makes calls in the name of one of staff.
async fn by_staff<T>(who: usize, calls: impl Future<Output = Result<T>>) -> Result<T> {
    as_staff(&format!("admin:{}", STAFF[who]), calls).await
}

fn operator(who: usize) -> OperatorId {
    STAFF[who].parse().unwrap_or_default()
}

fn refused(what: &str) -> Error {
    Error::internal(format!("the platform refuses {what} of the shop"))
}

/// A day as operations take it.
fn day(unix_ms: i64) -> String {
    Timestamp::from_unix_ms(unix_ms).to_string().chars().take(10).collect()
}
