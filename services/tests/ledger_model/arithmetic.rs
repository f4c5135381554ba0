//! Fees, shares and exchanged amounts: whole minor units that add up, whatever the numbers.

use payment_clients::contract::{
    decimal::Decimal,
    money::{Currency, Money},
    rate::Rate,
};
use payment_services::accounting::ledger::{
    MAX_AMOUNT,
    exchange::exchange,
    fees::{FeePlan, Rounding},
    split::split,
};
use proptest::{collection::vec, option, prelude::*};

const CURRENCIES: [&str; 7] = ["USD", "EUR", "JPY", "KRW", "BHD", "KWD", "CLF"];

fn plan() -> impl Strategy<Value = FeePlan> {
    let rounding = prop_oneof![Just(Rounding::HalfEven), Just(Rounding::HalfUp)];
    let bounds = (0..1_000_i64, option::of(0..1_000_000_i64));
    (0..=1_000_000_i64, 0..1_000_i64, bounds, rounding).prop_map(|(ppm, fixed, (min, over), rounding)| FeePlan {
        fixed,
        min,
        max: over.map(|over| min + over),
        rounding,
        ..FeePlan::share("p", 1, ppm)
    })
}

fn currency() -> impl Strategy<Value = Currency> {
    prop::sample::select(&CURRENCIES[..]).prop_map(|code| code.parse().unwrap())
}

fn rate() -> impl Strategy<Value = Rate> {
    (1..1_000_000_000_i64, 0..9_u32)
        .prop_map(|(number, scale)| Rate::new(Decimal::new(number, scale).unwrap()).unwrap())
}

proptest! {
    #[test]
    fn a_fee_is_within_its_bounds_and_never_more_than_the_amount(plan in plan(), amount in 1..=MAX_AMOUNT) {
        let fee = plan.fee(amount);
        plan.validate().unwrap();
        prop_assert!((0..=amount).contains(&fee));
        prop_assert!(fee >= plan.min.min(amount));
        prop_assert!(plan.max.is_none_or(|max| fee <= max));
    }

    #[test]
    fn more_never_costs_less(plan in plan(), amount in 1..MAX_AMOUNT, more in 1..1_000_000_i64) {
        prop_assert!(plan.fee(amount) <= plan.fee((amount + more).min(MAX_AMOUNT)));
    }

    #[test]
    fn a_share_is_off_by_half_a_unit_at_most(ppm in 0..=1_000_000_i64, amount in 1..=MAX_AMOUNT) {
        let fee = i128::from(FeePlan::share("p", 1, ppm).fee(amount));
        let exact = i128::from(amount) * i128::from(ppm);
        prop_assert!((fee * 1_000_000 - exact).abs() * 2 <= 1_000_000);
    }

    #[test]
    fn parts_add_up_to_the_whole(total in 0..=MAX_AMOUNT, weights in vec(0..=MAX_AMOUNT, 1..20)) {
        prop_assume!(weights.iter().any(|weight| *weight > 0));
        let parts = split(total, &weights).unwrap();
        prop_assert_eq!(parts.iter().sum::<i64>(), total);
        let sum: i128 = weights.iter().copied().map(i128::from).sum();
        for (part, weight) in parts.iter().zip(&weights) {
            let exact = i128::from(total) * i128::from(*weight);
            prop_assert!((i128::from(*part) * sum - exact).abs() < sum, "{part} of {total} for {weight} of {sum}");
        }
    }

    #[test]
    fn what_a_customer_gets_is_the_exact_amount_less_a_part_of_a_minor_unit(
        amount in 1..=MAX_AMOUNT, from in currency(), to in currency(), rate in rate()
    ) {
        let Ok(got) = exchange(Money::new(amount, from), to, rate) else { return Ok(()) };
        let digits = |currency: Currency| currency.exponent().unwrap();
        // Both sides times all powers of ten that stand below them.
        let exact = i128::from(amount) * i128::from(rate.number().significand()) * 10_i128.pow(digits(to));
        let unit = 10_i128.pow(digits(from) + rate.number().scale());
        let left = exact - i128::from(got.minor_units) * unit;
        prop_assert!((0..unit).contains(&left), "{got} for {amount} {from} at {rate}");
    }

    #[test]
    fn there_and_back_makes_no_money(amount in 1..1_000_000_000_i64, from in currency(), to in currency(), scale in 0..7_u32) {
        // A rate whose inverse is exact.
        let there = Rate::new(Decimal::new(1, scale).unwrap()).unwrap();
        let back = Rate::new(Decimal::new(10_i64.pow(scale), 0).unwrap()).unwrap();
        let start = Money::new(amount, from);
        let Ok(abroad) = exchange(start, to, there) else { return Ok(()) };
        if let Ok(home) = exchange(abroad, from, back) {
            prop_assert!(home.minor_units <= amount, "{start} became {abroad} and {home}");
        }
    }
}

#[test]
fn halves_go_to_the_even_neighbour_unless_the_plan_says_up() {
    // Half of each amount.
    let even = FeePlan::share("p", 1, 500_000);
    let up = FeePlan { rounding: Rounding::HalfUp, ..even.clone() };
    let fees = |plan: &FeePlan| [1, 2, 3, 5, 7].map(|amount| plan.fee(amount));
    assert_eq!(fees(&even), [0, 1, 2, 2, 4]);
    assert_eq!(fees(&up), [1, 1, 2, 3, 4]);
}

#[test]
fn a_cent_that_is_left_goes_to_the_one_who_lost_most_and_of_equals_to_the_first() {
    assert_eq!(split(100, &[1, 1, 1]).unwrap(), [34, 33, 33]);
    assert_eq!(split(10, &[5, 3, 1]).unwrap(), [6, 3, 1]);
    assert_eq!(split(1, &[0, 1]).unwrap(), [0, 1]);
    assert!(split(1, &[0, 0]).is_err() && split(-1, &[1]).is_err() && split(1, &[-1, 2]).is_err());
}

#[test]
fn exponents_are_counted() {
    let exchanged = |amount, from: &str, to: &str, rate: &str| {
        let rate = Rate::new(rate.parse().unwrap()).unwrap();
        exchange(Money::new(amount, from.parse().unwrap()), to.parse().unwrap(), rate).map(|money| money.minor_units)
    };
    assert_eq!(exchanged(1999, "USD", "JPY", "152.9").unwrap(), 3056);
    assert_eq!(exchanged(1000, "JPY", "USD", "0.0065402").unwrap(), 654);
    assert_eq!(exchanged(3070, "KWD", "USD", "3.2573").unwrap(), 999);
    assert_eq!(exchanged(1, "JPY", "USD", "0.001").unwrap_err().code(), Some("NOT_CONVERTIBLE"));
    assert_eq!(exchanged(1, "USD", "XYZ", "2").unwrap_err().code(), Some("NOT_CONVERTIBLE"));
    assert_eq!(exchanged(i64::MAX, "JPY", "KWD", "999999999999999999").unwrap_err().code(), Some("NOT_CONVERTIBLE"));
}
