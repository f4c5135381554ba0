use super::Histogram;

fn histogram(count: u64, buckets: &[(u64, u64)]) -> Histogram {
    Histogram { count, buckets: buckets.iter().copied().collect() }
}

#[test]
fn a_percentile_is_found_within_its_bucket() {
    // Ten up to 1 ms, eighty between 1 and 5 ms, ten between 5 and 10 ms.
    let times = histogram(100, &[(1000, 10), (5000, 90), (10_000, 100)]);
    assert_eq!(times.percentile(0), Some(0));
    assert_eq!(times.percentile(50), Some(500));
    assert_eq!(times.percentile(500), Some(3000), "half of 100 is 40 of the 80 in 1..5 ms");
    assert_eq!(times.percentile(990), Some(9500));
    assert_eq!(times.percentile(1000), Some(10_000));
}

#[test]
fn of_what_is_beyond_all_bounds_the_largest_bound_is_told() {
    assert_eq!(histogram(10, &[(1000, 1), (2000, 2)]).percentile(990), Some(2000));
    assert_eq!(histogram(3, &[]).percentile(500), Some(0));
}

#[test]
fn nothing_counted_is_no_percentile() {
    assert_eq!(histogram(0, &[(1000, 0)]).percentile(500), None);
}

#[test]
fn empty_buckets_are_passed_over() {
    let times = histogram(4, &[(1000, 0), (2000, 0), (4000, 4), (8000, 4)]);
    assert_eq!(times.percentile(500), Some(3000));
}

#[test]
fn largest_counts_do_not_overflow() {
    let times = histogram(u64::MAX, &[(1000, u64::MAX)]);
    assert_eq!(times.percentile(500), Some(500));
}

#[test]
fn the_difference_of_two_looks_is_what_came_between_them() {
    let before = histogram(5, &[(1000, 3), (2000, 5)]);
    let after = histogram(9, &[(1000, 3), (2000, 8)]);
    assert_eq!(after.since(&before), histogram(4, &[(1000, 0), (2000, 3)]));
}
