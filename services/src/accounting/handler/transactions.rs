//! Transactions on the accounts.

use async_trait::async_trait;
use payment_clients::{
    apis::accounting::{
        AccountTransaction, CreateTransaction, ReverseTransaction, TransactionApi, TransactionFilter, TransactionNo,
        TransactionType,
    },
    contract::{
        error::{Error, Result},
        page::Page,
    },
};

use super::caller;
use crate::{
    accounting::{
        Accounting, domain,
        store::{
            postings,
            transactions::{self, Note},
        },
    },
    kit::{paging, text},
};

#[async_trait]
impl TransactionApi for Accounting {
    async fn create_transaction(&self, request: &CreateTransaction) -> Result<AccountTransaction> {
        caller()?.platform()?;
        domain::check_posting(request)?;
        let related_no = request.related_no.clone().unwrap_or_default();
        let note = Note {
            related_id: request.related_id.unwrap_or_default(),
            description: request.description.clone().unwrap_or_default(),
            extra: request
                .extra
                .as_ref()
                .map(serde_json::to_string)
                .transpose()
                .map_err(Error::internal)?
                .unwrap_or_default(),
            ..Note::new(&self.ids, request.transaction_type.clone(), related_no)
        };
        let (request, now) = (request.clone(), self.clock.now());
        self.once(move |tx| postings::post(tx, &note, &request, now)).await
    }

    async fn list_transactions(&self, filter: &TransactionFilter) -> Result<Page<AccountTransaction>> {
        let (page, size) = paging::of(filter.page, filter.page_size)?;
        let filter = TransactionFilter { merchant_id: caller()?.about(filter.merchant_id)?, ..filter.clone() };
        self.store.read(move |view| transactions::list(view, &filter, page, size)).await
    }

    async fn get_transaction(&self, number: &TransactionNo) -> Result<AccountTransaction> {
        let (number, merchant) = (number.clone(), caller()?.scope());
        self.store.read(move |view| transactions::require(view, &number, merchant)).await
    }

    async fn reverse_transaction(&self, number: &TransactionNo, reversal: &ReverseTransaction) -> Result<()> {
        caller()?.platform()?;
        text::required("reason", &reversal.reason, 500)?;
        let note = Note {
            description: reversal.reason.clone(),
            reverses: Some(number.clone()),
            ..Note::new(&self.ids, TransactionType::Adjustment, number.as_str())
        };
        let now = self.clock.now();
        self.once(move |tx| postings::reverse(tx, &note, now)).await
    }
}
