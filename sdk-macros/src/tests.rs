//! What the macros make of `tests/order.rs`, compared with `tests/order.expanded.rs`.
//!
//! `UPDATE_EXPANDED=1 cargo test -p payment-clients-macros` writes the file anew.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::{env, fs, path::Path};

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, File, Item, ItemStruct, ItemTrait, Meta, parse_quote};

use crate::{declare, derive, expand::Parts};

const ALL: Parts = Parts { server: true, mock: true, openapi: true, conformance: true };

#[test]
fn the_expansion_is_the_one_that_newcomers_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let declared = syn::parse_file(&fs::read_to_string(folder.join("order.rs")).unwrap()).unwrap();
    let expanded = spaced(&prettyplease::unparse(&expanded(declared)));
    let file = folder.join("order.expanded.rs");
    if env::var_os("UPDATE_EXPANDED").is_some() {
        fs::write(&file, &expanded).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    for (line, (new, old)) in expanded.lines().zip(kept.lines()).enumerate() {
        assert_eq!(new, old, "line {} has changed; UPDATE_EXPANDED=1 accepts the new expansion", line + 1);
    }
    assert_eq!(expanded.len(), kept.len(), "UPDATE_EXPANDED=1 accepts the new expansion");
}

#[test]
fn a_part_is_made_only_with_its_feature() {
    let item = || {
        quote!(
            pub trait OrderApi {
                #[get("/orders")]
                async fn list(&self) -> Result<()>;
            }
        )
    };
    let none = Parts { server: false, mock: false, openapi: false, conformance: false };
    let parts = [
        ("fn router", Parts { server: true, ..none }),
        ("struct MockOrderApi", Parts { mock: true, ..none }),
        ("mod stubs", Parts { mock: true, ..none }),
        ("fn describe", Parts { openapi: true, ..none }),
        ("fn drive", Parts { conformance: true, ..none }),
        ("const DECLARATION", Parts { conformance: true, ..none }),
    ];
    for (part, with) in parts {
        let made = |parts| declare(quote!(service = "order-service"), item(), parts).to_string();
        assert!(!made(none).contains(part), "{part} without its feature");
        assert!(made(with).contains(part), "{part} with its feature");
    }
}

/// What the declarations of a file become.
fn expanded(file: File) -> File {
    let items = file.items.into_iter().flat_map(|item| {
        let tokens = match item {
            Item::Trait(item) => api(item),
            Item::Struct(item) if item.attrs.iter().any(is_client) => client(item),
            _ => TokenStream::new(),
        };
        syn::parse2::<File>(tokens).unwrap().items
    });
    let head = " What `#[api]` and `#[derive(ServiceClient)]` make of `order.rs`, every feature being on.";
    File { attrs: vec![parse_quote!(#![doc = #head])], items: items.collect(), ..file }
}

fn is_client(attribute: &Attribute) -> bool {
    attribute.path().is_ident("client")
}

fn api(mut item: ItemTrait) -> TokenStream {
    let at = item.attrs.iter().position(|attribute| attribute.path().is_ident("api")).unwrap();
    let Meta::List(arguments) = item.attrs.remove(at).meta else { panic!("#[api] has arguments") };
    declare(arguments.tokens, item.into_token_stream(), ALL)
}

/// The struct without what the derive reads, and what the derive adds.
fn client(mut item: ItemStruct) -> TokenStream {
    let derived = derive::derive(item.to_token_stream()).unwrap();
    item.attrs.retain(|attribute| attribute.path().is_ident("doc"));
    item.attrs.push(parse_quote!(#[derive(Clone, Debug)]));
    quote!(#item #derived)
}

/// Empty lines where a person would leave them: behind what ends in a brace, before what is documented.
fn spaced(code: &str) -> String {
    let mut lines = code.lines().peekable();
    let mut spaced = String::new();
    while let Some(line) = lines.next() {
        spaced.push_str(line);
        spaced.push('\n');
        let (this, next) = (line.trim_start(), lines.peek().map_or("", |next| next.trim_start()));
        let closed = matches!(this, "}" | "};") && !next.starts_with(['}', ')', '.']);
        let begins = ["///", "#[", "impl", "fn"].iter().any(|start| next.starts_with(start));
        let headed = this.starts_with("//!") || this.starts_with("use ") && !next.starts_with("use ");
        if closed && !next.is_empty() || begins && this.ends_with(';') || headed {
            spaced.push('\n');
        }
    }
    spaced
}
