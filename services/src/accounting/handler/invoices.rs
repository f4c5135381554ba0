//! Invoices to the merchants.

use async_trait::async_trait;
use payment_clients::{
    apis::accounting::{CreateInvoice, Invoice, InvoiceApi, InvoiceFilter, InvoiceNo, PayInvoice},
    contract::{error::Result, page::Page},
};

use super::caller;
use crate::{
    accounting::{Accounting, domain::invoices as rules, store::invoices},
    kit::paging,
};

#[async_trait]
impl InvoiceApi for Accounting {
    async fn create_invoice(&self, request: &CreateInvoice) -> Result<Invoice> {
        caller()?.platform()?;
        rules::totals(request)?;
        let (number, ids) = (InvoiceNo::from(self.ids.next("INV")), self.ids.clone());
        let (request, now) = (request.clone(), self.clock.now());
        self.once(move |tx| invoices::create(tx, &ids, &number, &request, now)).await
    }

    async fn list_invoices(&self, filter: &InvoiceFilter) -> Result<Page<Invoice>> {
        caller()?.platform()?;
        let (page, size) = paging::of(filter.page, filter.page_size)?;
        let (filter, now) = (filter.clone(), self.clock.now());
        self.store.read(move |view| invoices::list(view, &filter, now, page, size)).await
    }

    async fn get_invoice(&self, number: &InvoiceNo) -> Result<Invoice> {
        caller()?.platform()?;
        let (number, now) = (number.clone(), self.clock.now());
        self.store.read(move |view| invoices::require(view, &number, now)).await
    }

    async fn pay_invoice(&self, number: &InvoiceNo, payment: &PayInvoice) -> Result<()> {
        let actor = caller()?.platform()?;
        rules::check_payment(payment)?;
        let (number, amount, now) = (number.clone(), payment.paid_amount, self.clock.now());
        self.once(move |tx| invoices::pay(tx, &number, amount, &actor, now)).await
    }

    async fn cancel_invoice(&self, number: &InvoiceNo) -> Result<()> {
        let (actor, number, now) = (caller()?.platform()?, number.clone(), self.clock.now());
        self.store.write(move |tx| invoices::cancel(tx, &number, &actor, now)).await
    }

    async fn void_invoice(&self, number: &InvoiceNo) -> Result<()> {
        let (actor, number, now) = (caller()?.platform()?, number.clone(), self.clock.now());
        self.store.write(move |tx| invoices::void(tx, &number, &actor, now)).await
    }
}
