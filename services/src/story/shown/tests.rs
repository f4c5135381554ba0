use super::Shown;

fn said(text: &str) -> String {
    Shown::said(text).to_string()
}

#[test]
fn names_of_machines_are_shown_as_they_are() {
    for name in ["PY20260302080000a1B2c3D4e5", "pi_3Nx", "cap:PY1", "M-17", "order/7", "1761307200000", ""] {
        assert_eq!(Shown::id(name).as_str(), name);
    }
}

#[test]
fn what_is_no_name_is_hidden() {
    for text in
        ["ada@example.com", "Ada Lovelace", "4242424242424242", "5555-5555-5555-4444", "a\nb", "<b>", &"x".repeat(200)]
    {
        assert_eq!(Shown::id(text).as_str(), "(hidden)", "{text}");
    }
}

#[test]
fn free_texts_keep_their_words_and_lose_what_is_personal() {
    for (text, shown) in [
        ("the card was declined (insufficient_funds)", "the card was declined (insufficient_funds)"),
        ("e-mail ada@example.com is on the list", "e-mail (hidden) is on the list"),
        ("<ada@example.com>: no", "(hidden) no"),
        ("card 4242424242424242 refused", "card (hidden) refused"),
        ("card 4242 4242 4242 4242 refused", "card (hidden) refused"),
        ("card 4242-4242-4242-4242 refused", "card (hidden) refused"),
        ("call +49 170 1234567 now", "call +49 (hidden) now"),
        ("call +491701234567.", "call (hidden)"),
        ("IBAN 1234567890", "IBAN (hidden)"),
        ("after 30 days of 100 USD", "after 30 days of 100 USD"),
        ("see https://u:secret@shop.example/notify?token=1", "see https://shop.example/…"),
        ("key sk_live_4eC39HqLyjWDarjtT1zdp7dc", "key (hidden)"),
        ("token=eyJhbGciOiJFZERTQSJ9abcdef", "(hidden)"),
        ("payment PY20260302080000a1B2c3D4e5 is of 1.00 USD", "payment PY20260302080000a1B2c3D4e5 is of 1.00 USD"),
        ("event 7d1c5f3e-0b52-4c1e-9a55-5f0c6d3a1b01 came", "event 7d1c5f3e-0b52-4c1e-9a55-5f0c6d3a1b01 came"),
        ("two\nlines\u{1b}", "two lines\u{fffd}"),
    ] {
        assert_eq!(said(text), shown);
    }
}

#[test]
fn a_long_text_ends_where_it_becomes_long() {
    let shown = said(&"ö ".repeat(500));
    assert_eq!(shown.chars().count(), 241);
    assert!(shown.ends_with('…'));
}
