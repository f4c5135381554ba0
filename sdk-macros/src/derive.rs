//! `#[derive(ServiceClient)]`: constructors, and the promise to carry the calls of the named APIs.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    Data, DeriveInput, Field, Fields, Ident, LitStr, Path, Token, Type,
    ext::IdentExt,
    parenthesized,
    parse::{Parse, ParseStream},
    parse_quote,
    punctuated::Punctuated,
};

use crate::errors::{Errors, suggest};

/// A client struct, understood.
struct Client {
    krate: Path,
    name: Ident,
    apis: Vec<Path>,
    /// What the service promises about repeats, if it is not the platform's.
    partner: Option<Path>,
    /// The field of type `BaseClient`.
    base: Ident,
    /// All the others.
    rest: Vec<Ident>,
}

/// The derive, from the struct to its implementations.
pub(crate) fn derive(input: TokenStream) -> syn::Result<TokenStream> {
    let input: DeriveInput = syn::parse2(input)?;
    let mut errors = Errors::default();
    let client = Client::read(&input, &mut errors);
    match errors.finish(client)? {
        Some(client) => Ok(client.expand()),
        None => Ok(TokenStream::new()),
    }
}

// === reading ===

/// One entry of `#[client(api(OrderApi), partner = PROFILE, crate = "payment_clients")]`.
enum Setting {
    Apis(Vec<Path>),
    Partner(Path),
    Crate(Path),
    Unknown(Ident),
}

impl Parse for Setting {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.call(Ident::parse_any)?;
        match name.to_string().as_str() {
            "api" => {
                let list;
                parenthesized!(list in input);
                let apis = Punctuated::<Path, Token![,]>::parse_terminated(&list)?;
                Ok(Self::Apis(apis.into_iter().collect()))
            }
            "partner" => {
                input.parse::<Token![=]>()?;
                Ok(Self::Partner(input.parse()?))
            }
            "crate" => {
                input.parse::<Token![=]>()?;
                Ok(Self::Crate(input.parse::<LitStr>()?.parse()?))
            }
            _ => {
                // Whatever it was given is skipped, so that the rest of the list is still read.
                input.step(|cursor| {
                    let mut rest = *cursor;
                    while let Some((token, next)) = rest.token_tree() {
                        if matches!(&token, proc_macro2::TokenTree::Punct(comma) if comma.as_char() == ',') {
                            break;
                        }
                        rest = next;
                    }
                    Ok(((), rest))
                })?;
                Ok(Self::Unknown(name))
            }
        }
    }
}

impl Client {
    fn read(input: &DeriveInput, errors: &mut Errors) -> Option<Self> {
        let Said { krate, apis, partner } = settings(input, errors);
        if !input.generics.params.is_empty() {
            errors.at(&input.generics, "a client has no generics: remove them");
        }
        let (base, rest) = fields(input, errors)?;
        Some(Self { krate, name: input.ident.clone(), apis, partner, base, rest })
    }
}

/// What the attribute says.
struct Said {
    krate: Path,
    apis: Vec<Path>,
    partner: Option<Path>,
}

fn settings(input: &DeriveInput, errors: &mut Errors) -> Said {
    let mut krate = parse_quote!(::payment_clients);
    let (mut apis, mut partner) = (Vec::new(), None);
    let mut said = false;
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("client")) {
        let Some(settings) = errors.keep(attribute.parse_args_with(Punctuated::<Setting, Token![,]>::parse_terminated))
        else {
            said = true;
            continue;
        };
        for setting in settings {
            match setting {
                Setting::Apis(more) => apis.extend(more),
                Setting::Partner(path) => partner = Some(path),
                Setting::Crate(path) => krate = path,
                Setting::Unknown(name) => {
                    let hint = suggest(&name.to_string(), &["api", "partner", "crate"]);
                    errors.at(&name, format!("unknown argument `{name}`: {hint}"));
                    said = true;
                }
            }
        }
    }
    if apis.is_empty() && !said {
        let text = "which APIs does this client offer? write `#[client(api(OrderApi))]` under the derive";
        errors.at(&input.ident, text);
    }
    Said { krate, apis, partner }
}

/// The field that holds the `BaseClient`, and the others.
fn fields(input: &DeriveInput, errors: &mut Errors) -> Option<(Ident, Vec<Ident>)> {
    let Data::Struct(data) = &input.data else {
        errors.at(&input.ident, "a client is a struct: write `struct … { base: BaseClient }`");
        return None;
    };
    let Fields::Named(fields) = &data.fields else {
        errors.at(&input.ident, "the fields of a client have names: write `{ base: BaseClient }`");
        return None;
    };
    let (bases, rest): (Vec<_>, Vec<_>) = fields.named.iter().partition(|field| is_base(field));
    for second in bases.iter().skip(1) {
        errors.at(second, "a client has one `BaseClient`: remove this field or declare a second client");
    }
    let Some(base) = bases.first().and_then(|field| field.ident.clone()) else {
        errors.at(&input.ident, "who carries the calls out? add a field `base: BaseClient`");
        return None;
    };
    Some((base, rest.into_iter().filter_map(|field| field.ident.clone()).collect()))
}

fn is_base(field: &Field) -> bool {
    let Type::Path(path) = &field.ty else { return false };
    path.path.segments.last().is_some_and(|last| last.ident == "BaseClient")
}

// === expanding ===

impl Client {
    fn expand(&self) -> TokenStream {
        let krate = &self.krate;
        let constructors = self.constructors();
        let conversions = self.conversions();
        let exposed = self.apis.iter().map(|api| self.exposed(api));
        let one_service = self.one_service();
        quote! {
            const _: () = {
                use #krate::__private as __sdk;

                #one_service
                #constructors
                #conversions
                #(#exposed)*
            };
        }
    }

    fn constructors(&self) -> TokenStream {
        let (name, base, rest) = (&self.name, &self.base, &self.rest);
        let service = self.service();
        let partner = self.partner.as_ref().map(|profile| quote! { .partner(#profile) });
        quote! {
            #[allow(dead_code)]
            impl #name {
                /// A client of the service at `url`, everything else as it is by default.
                ///
                /// # Errors
                /// When `url` is no address of an HTTP service.
                pub fn connect(url: &str) -> __sdk::Result<Self> {
                    Self::builder().url(url).build().map(Self::from_base)
                }

                /// A client configured by the environment variables that begin with the service's name.
                ///
                /// # Errors
                /// When a variable is missing or cannot be understood.
                pub fn from_env() -> __sdk::Result<Self> {
                    Self::builder().env()?.build().map(Self::from_base)
                }

                /// Configures a `BaseClient` for [`from_base`](Self::from_base).
                pub fn builder() -> __sdk::ClientBuilder {
                    __sdk::BaseClient::builder(#service)#partner
                }

                /// A client that makes its calls through `base`.
                pub fn from_base(base: __sdk::BaseClient) -> Self {
                    Self { #base: base, #(#rest: Default::default(),)* }
                }

                /// What carries the calls out.
                pub fn base(&self) -> &__sdk::BaseClient {
                    &self.#base
                }
            }
        }
    }

    /// The service of its first API, which is that of all.
    fn service(&self) -> Option<TokenStream> {
        self.apis.first().map(|api| quote! { <dyn #api as __sdk::Described>::SERVICE })
    }

    fn conversions(&self) -> TokenStream {
        let (name, service) = (&self.name, self.service());
        let partner = self.partner.as_ref().map(|profile| {
            quote! {
                fn profile() -> __sdk::Profile {
                    #profile
                }
            }
        });
        quote! {
            impl From<__sdk::BaseClient> for #name {
                fn from(base: __sdk::BaseClient) -> Self {
                    Self::from_base(base)
                }
            }

            impl __sdk::ServiceClient for #name {
                const SERVICE: __sdk::Service = #service;
                #partner
            }

            impl __sdk::WithOptions for #name {}
        }
    }

    fn exposed(&self, api: &Path) -> TokenStream {
        let (name, base) = (&self.name, &self.base);
        quote! {
            impl __sdk::Exposes<dyn #api> for #name {
                type Caller = __sdk::BaseClient;

                fn caller(&self) -> &__sdk::BaseClient {
                    &self.#base
                }
            }
        }
    }

    /// A client talks to one service, whatever the number of its APIs.
    fn one_service(&self) -> Option<TokenStream> {
        let apis = &self.apis;
        let several = apis.len() > 1;
        several.then(|| quote! { __sdk::assert_one_service(&[#(<dyn #apis as __sdk::Described>::SERVICE),*]); })
    }
}
