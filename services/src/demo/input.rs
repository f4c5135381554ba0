//! The purchases to be paid, from a CSV file of any length: read row by row, a malformed row reported and passed over.

use std::{
    fmt,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use csv::ByteRecord;
use payment_clients::contract::money::{Currency, Money};
use time::{Date, macros::format_description};

/// The columns that a file must have, in any order; others are passed over.
pub const COLUMNS: [&str; 5] = ["customer_id", "date", "quantity", "amount_minor", "currency"];

/// One purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// Line of the file, the header being line 1.
    pub line: u64,
    /// Who bought.
    pub customer_id: String,
    /// When.
    pub date: Date,
    /// How many pieces.
    pub quantity: u32,
    /// What they cost together. Whether that can be paid is the platform's decision.
    pub money: Money,
}

/// A row that is no purchase.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: `{column}` {rule}")]
pub struct BadRow {
    /// Line of the file, the header being line 1.
    pub line: u64,
    /// The column that breaks a rule.
    pub column: &'static str,
    /// The rule, and what is there instead.
    pub rule: String,
}

/// Why a file cannot be read, or not any further.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It cannot be opened.
    #[error("{file} cannot be opened: {source}")]
    Open {
        /// The file.
        file: String,
        /// Why.
        source: io::Error,
    },
    /// Its first line lacks columns.
    #[error("{file} has no column {missing}; its first line must name {}", COLUMNS.join(","))]
    Header {
        /// The file.
        file: String,
        /// The missing ones, quoted.
        missing: String,
    },
    /// Reading failed half way.
    #[error("{file} cannot be read after line {line}: {source}")]
    Broken {
        /// The file.
        file: String,
        /// The last line that was read.
        line: u64,
        /// Why.
        source: io::Error,
    },
}

/// Reads purchases one by one. A row is a line: the number of a line names its purchase, so it must be exact.
pub struct Purchases<R> {
    file: String,
    source: BufReader<R>,
    line: Vec<u8>,
    number: u64,
    positions: [usize; COLUMNS.len()],
}

/// One row of a file: a purchase, or what is wrong with it.
pub type Row = Result<Purchase, BadRow>;

// === impl Purchases ===

impl Purchases<File> {
    /// Opens a file.
    ///
    /// # Errors
    /// When there is no such file, or its header lacks a column.
    pub fn open(path: &Path) -> Result<Self, Unreadable> {
        let file = path.display().to_string();
        let opened = File::open(path).map_err(|source| Unreadable::Open { file: file.clone(), source })?;
        Self::new(file, opened)
    }
}

impl<R: Read> Purchases<R> {
    /// Reads from anything; `file` is its name in errors.
    ///
    /// # Errors
    /// When the header lacks a column.
    pub fn new(file: impl Into<String>, source: R) -> Result<Self, Unreadable> {
        let mut rows = Self {
            file: file.into(),
            source: BufReader::with_capacity(1 << 16, source),
            line: Vec::new(),
            number: 0,
            positions: [0; COLUMNS.len()],
        };
        rows.read_line()?;
        let header = fields(rows.line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&rows.line));
        let mut missing = Vec::new();
        for (position, column) in rows.positions.iter_mut().zip(COLUMNS) {
            match header.iter().position(|name| name == column.as_bytes()) {
                Some(found) => *position = found,
                None => missing.push(format!("`{column}`")),
            }
        }
        if missing.is_empty() {
            return Ok(rows);
        }
        Err(Unreadable::Header { file: rows.file, missing: missing.join(", ") })
    }

    /// The next line that is not blank; false at the end.
    fn read_line(&mut self) -> Result<bool, Unreadable> {
        loop {
            self.line.clear();
            let read = self.source.read_until(b'\n', &mut self.line);
            match read.map_err(|source| Unreadable::Broken { file: self.file.clone(), line: self.number, source })? {
                0 => return Ok(false),
                _ => self.number += 1,
            }
            if !self.line.trim_ascii().is_empty() {
                return Ok(true);
            }
        }
    }

    /// What the line says.
    fn row(&self) -> Row {
        let line = self.number;
        let record = fields(&self.line);
        let [customer_id, date, quantity, amount, currency] = self.positions;
        let bad = |column: usize, rule: String| BadRow { line, column: COLUMNS[column], rule };
        let text = |column: usize, position: usize| -> Result<&str, BadRow> {
            let bytes = record.get(position).ok_or_else(|| bad(column, "is missing".to_owned()))?;
            match std::str::from_utf8(bytes) {
                Ok("") => Err(bad(column, "is empty".to_owned())),
                Ok(text) => Ok(text),
                Err(_) => Err(bad(column, format!("is not UTF-8: {:?}", String::from_utf8_lossy(bytes)))),
            }
        };
        let customer_id = text(0, customer_id)?;
        if customer_id.len() > 32 || !customer_id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)) {
            let rule = format!("must be at most 32 letters, digits, - or _, got {customer_id:?}");
            return Err(bad(0, rule));
        }
        let date = text(1, date)?;
        let date = Date::parse(date, format_description!("[year]-[month]-[day]"))
            .map_err(|_| bad(1, format!("must be a date such as 1997-01-31, got {date:?}")))?;
        let quantity = text(2, quantity)?;
        let quantity =
            quantity.parse().map_err(|_| bad(2, format!("must be a whole number of pieces, got {quantity:?}")))?;
        let amount = text(3, amount)?;
        let amount =
            amount.parse().map_err(|_| bad(3, format!("must be a whole number of minor units, got {amount:?}")))?;
        let currency = text(4, currency)?;
        let currency: Currency =
            currency.parse().map_err(|_| bad(4, format!("must be three letters such as USD, got {currency:?}")))?;
        let money = Money::new(amount, currency);
        Ok(Purchase { line, customer_id: customer_id.to_owned(), date, quantity, money })
    }
}

impl<R: Read> Iterator for Purchases<R> {
    type Item = Result<Row, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.read_line() {
            Ok(true) => Some(Ok(self.row())),
            Ok(false) => None,
            Err(unreadable) => Some(Err(unreadable)),
        }
    }
}

impl<R> fmt::Debug for Purchases<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Purchases").field("file", &self.file).finish_non_exhaustive()
    }
}

/// Rows of a file, for a progress bar: its lines without the header. Quoted line breaks are counted too.
///
/// # Errors
/// When the file cannot be read.
pub fn count_rows(path: &Path) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 1 << 16];
    let mut lines = 0_u64;
    let mut last = b'\n';
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => {
                lines += buffer[..read].iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
                last = buffer[read - 1];
            }
        }
    }
    Ok((lines + u64::from(last != b'\n')).saturating_sub(1))
}

/// Spreadsheets put it before the first column's name.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The fields of one line, quoted or not, without the blanks around them.
fn fields(line: &[u8]) -> ByteRecord {
    let mut csv = csv::ReaderBuilder::new();
    csv.has_headers(false).flexible(true).trim(csv::Trim::All).buffer_capacity(line.len().max(1));
    csv.from_reader(line).into_byte_records().next().and_then(Result::ok).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{BadRow, Purchases, Row, Unreadable};

    fn rows(text: &str) -> Vec<Row> {
        Purchases::new("test.csv", text.as_bytes()).unwrap().map(Result::unwrap).collect()
    }

    fn refusal(row: &str) -> String {
        let text = format!("customer_id,date,quantity,amount_minor,currency\n{row}\n");
        rows(&text).remove(0).unwrap_err().to_string()
    }

    #[test]
    fn a_row_is_read_by_the_names_of_its_columns() {
        let rows = rows("currency,amount_minor,note,date,customer_id,quantity\r\nusd, 1177 ,x,1997-01-01,00001,1\r\n");
        let purchase = rows[0].as_ref().unwrap();
        assert_eq!((purchase.line, purchase.customer_id.as_str(), purchase.quantity), (2, "00001", 1));
        assert_eq!(purchase.money.to_string(), "11.77 USD");
        assert_eq!(purchase.date.to_string(), "1997-01-01");
    }

    #[test]
    fn a_byte_order_mark_is_passed_over() {
        let rows = rows("\u{feff}customer_id,date,quantity,amount_minor,currency\n1,1997-01-01,1,5,USD\n");
        assert!(rows[0].is_ok());
    }

    #[test]
    fn a_missing_column_is_named() {
        let error = Purchases::new("test.csv", "customer_id,date,amount\n1,1997-01-01,5\n".as_bytes()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "test.csv has no column `quantity`, `amount_minor`, `currency`; its first line must name \
             customer_id,date,quantity,amount_minor,currency"
        );
    }

    #[test]
    fn an_empty_file_has_no_columns() {
        let error = Purchases::new("test.csv", "".as_bytes()).unwrap_err();
        assert!(matches!(error, Unreadable::Header { .. }), "{error}");
    }

    #[test]
    fn a_malformed_row_is_told_with_line_column_and_rule() {
        for (row, told) in [
            ("1,1997-02-30,1,5,USD", "line 2: `date` must be a date such as 1997-01-31, got \"1997-02-30\""),
            ("1,1997-01-01,-1,5,USD", "line 2: `quantity` must be a whole number of pieces, got \"-1\""),
            ("1,1997-01-01,1,11.77,USD", "line 2: `amount_minor` must be a whole number of minor units, got \"11.77\""),
            (
                "1,1997-01-01,1,9223372036854775808,USD",
                "line 2: `amount_minor` must be a whole number of minor units, got \"9223372036854775808\"",
            ),
            ("1,1997-01-01,1,5,US$", "line 2: `currency` must be three letters such as USD, got \"US$\""),
            ("1,1997-01-01,1,5", "line 2: `currency` is missing"),
            (",1997-01-01,1,5,USD", "line 2: `customer_id` is empty"),
            ("a b,1997-01-01,1,5,USD", "line 2: `customer_id` must be at most 32 letters, digits, - or _, got \"a b\""),
        ] {
            assert_eq!(refusal(row), told);
        }
    }

    #[test]
    fn good_rows_are_read_beside_bad_ones() {
        let rows = rows("customer_id,date,quantity,amount_minor,currency\n1,x,1,5,USD\n\n2,1997-01-01,1,0,USD\n");
        assert!(matches!(&rows[0], Err(BadRow { line: 2, column: "date", .. })));
        assert_eq!(rows[1].as_ref().unwrap().line, 4);
    }

    #[test]
    fn bytes_that_are_no_text_spoil_one_row_only() {
        let bytes = b"customer_id,date,quantity,amount_minor,currency\n\xff,1997-01-01,1,5,USD\n1,1997-01-01,1,5,USD\n";
        let rows: Vec<Row> = Purchases::new("test.csv", &bytes[..]).unwrap().map(Result::unwrap).collect();
        assert!(rows[0].as_ref().unwrap_err().to_string().starts_with("line 2: `customer_id` is not UTF-8"));
        assert!(rows[1].is_ok());
    }
}
