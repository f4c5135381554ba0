//! What a declaration with mistakes becomes: its mistakes, and enough of an API that those who use it are not told
//! about mistakes of their own.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use syn::{FnArg, ItemTrait, TraitItem, TraitItemFn, Type, parse_quote};

use crate::{model::Api, parse::operation};

/// The mistakes, the trait without our attributes, and implementations that answer nothing.
pub(crate) fn mistakes(api: &Api, item: &ItemTrait, mistakes: &syn::Error) -> TokenStream {
    let krate = &api.krate;
    let mistakes = mistakes.to_compile_error();
    let bare = bare(item);
    let usable = bare.generics.params.is_empty() && methods(&bare).all(is_plain);
    let implementations = usable.then(|| implementations(api, &bare));
    code! {
        #mistakes
        #[#krate::__private::async_trait]
        #bare
        #implementations
    }
}

/// The trait as far as it is one: its methods, each once, without our attributes.
fn bare(item: &ItemTrait) -> ItemTrait {
    let mut bare = item.clone();
    let mut seen = HashSet::new();
    bare.supertraits = parse_quote!(Send + Sync);
    bare.items.retain_mut(|item| match item {
        TraitItem::Fn(function) => {
            operation::strip(function);
            seen.insert(function.sig.ident.to_string())
        }
        _ => false,
    });
    bare
}

fn methods(item: &ItemTrait) -> impl Iterator<Item = &TraitItemFn> {
    item.items.iter().filter_map(|item| match item {
        TraitItem::Fn(function) => Some(function),
        _ => None,
    })
}

/// Whether a method can be implemented without further complaints.
fn is_plain(function: &TraitItemFn) -> bool {
    let signature = &function.sig;
    signature.asyncness.is_some()
        && signature.generics.params.is_empty()
        && signature.receiver().is_some()
        && !signature
            .inputs
            .iter()
            .any(|input| matches!(input, FnArg::Typed(arg) if matches!(*arg.ty, Type::ImplTrait(_))))
}

fn implementations(api: &Api, bare: &ItemTrait) -> TokenStream {
    let Api { krate, name, service, .. } = api;
    let methods: Vec<TokenStream> = methods(bare)
        .map(|function| {
            let signature = &function.sig;
            code! { #signature { ::core::unreachable!() } }
        })
        .collect();
    code! {
        #[allow(unused_variables)]
        const _: () = {
            use #krate::__private as __sdk;

            impl __sdk::Described for dyn #name {
                const SERVICE: __sdk::Service =
                    __sdk::Service { name: #service, port: None, tier: __sdk::Tier::Standard };
                const OPERATIONS: &'static [&'static __sdk::Operation] = &[];
            }

            #[__sdk::async_trait]
            impl<C: __sdk::Exposes<dyn #name> + Send + Sync> #name for C { #(#methods)* }
            #[__sdk::async_trait]
            impl #name for __sdk::Arc<dyn #name> { #(#methods)* }
            #[__sdk::async_trait]
            impl #name for Box<dyn #name> { #(#methods)* }
            #[__sdk::async_trait]
            impl<T: #name> #name for __sdk::Scoped<T> { #(#methods)* }
        };
    }
}
