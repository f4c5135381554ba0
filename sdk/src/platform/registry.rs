//! What a line of the registry becomes.

#[cfg(feature = "conformance")]
use crate::conformance::Declaration;
use crate::contract::{
    operation::{Operation, Service},
    partner::Profile,
};
#[cfg(feature = "openapi")]
use crate::openapi::Document;

/// A service of the platform, and what its client offers.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Entry {
    /// The service.
    pub service: Service,
    /// What it promises about repeats: the platform's own promise, or a partner's.
    pub profile: fn() -> Profile,
    /// Name of the client, such as `OrderClient`.
    pub client: &'static str,
    /// Every API of the service, in the order of the line.
    pub apis: &'static [Api],
}

/// One API, as its declaration tells it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Api {
    /// Name of the trait, such as `OrderApi`.
    pub name: &'static str,
    /// Every operation, in the order of the declaration.
    pub operations: &'static [&'static Operation],
    /// Adds the operations to a document.
    #[cfg(feature = "openapi")]
    pub describe: fn(&mut Document),
    /// The whole API for the suite that proves it.
    #[cfg(feature = "conformance")]
    pub declaration: Declaration,
}

// === impl Entry ===

impl Entry {
    /// The operations of all APIs.
    pub fn operations(&self) -> impl Iterator<Item = &'static Operation> {
        self.apis.iter().flat_map(|api| api.operations.iter().copied())
    }

    /// The OpenAPI document of the service.
    #[cfg(feature = "openapi")]
    pub fn document(&self) -> Document {
        let mut document = Document::new(&self.service, self.service.name, env!("CARGO_PKG_VERSION"));
        for api in self.apis {
            (api.describe)(&mut document);
        }
        document
    }
}

// === the macro ===

/// Turns the lines of the registry into clients, accessors, names for the prelude, and [`Entry`]s.
macro_rules! apis {
    ($($(#[$doc:meta])* $($partner:ident)? $feature:literal $module:ident => $client:ident: $first:ident $(, $more:ident)*;)+) => {
        $(
            $(#[$doc])*
            #[cfg(feature = $feature)]
            #[derive(Clone, Debug, ::payment_clients_macros::ServiceClient)]
            #[client(
                api(crate::apis::$module::$first $(, crate::apis::$module::$more)*)
                $(, $partner = crate::apis::$module::PROFILE)?
            )]
            pub struct $client {
                base: crate::client::BaseClient,
            }
        )+

        /// A typed client of each service.
        impl Platform {
            $(
                #[doc = concat!("The client of ", stringify!($module), ": [`", stringify!($client), "`].")]
                ///
                /// # Errors
                #[doc = "As [`client`](Self::client)."]
                #[cfg(feature = $feature)]
                pub fn $module(&self) -> crate::contract::error::Result<$client> {
                    self.client()
                }
            )+
        }

        /// Every service whose feature is on, in the order of the lines.
        pub static REGISTRY: &[Entry] = &[
            $(
                #[cfg(feature = $feature)]
                Entry {
                    service: <dyn crate::apis::$module::$first as crate::contract::call::Described>::SERVICE,
                    profile: <$client as crate::client::ServiceClient>::profile,
                    client: stringify!($client),
                    apis: &[
                        $crate::platform::registry::apis!(@api $module::$first),
                        $($crate::platform::registry::apis!(@api $module::$more),)*
                    ],
                },
            )+
        ];

        /// What the prelude takes from here.
        pub(crate) mod names {
            pub use super::Platform;
            $(
                #[cfg(feature = $feature)]
                pub use super::$client;
                #[cfg(feature = $feature)]
                pub use crate::apis::$module::{$first as _, $($more as _),*};
            )+
        }
    };

    // What `#[api]` makes of a declaration is found through the traits that it implements for the trait object: a part
    // that the registry is to know has a trait, and a field here.
    (@api $module:ident::$api:ident) => {
        Api {
            name: stringify!($api),
            operations: <dyn crate::apis::$module::$api as crate::contract::call::Described>::OPERATIONS,
            #[cfg(feature = "openapi")]
            describe: <dyn crate::apis::$module::$api as crate::openapi::Documented>::describe,
            #[cfg(feature = "conformance")]
            declaration: <dyn crate::apis::$module::$api as crate::conformance::Declared>::DECLARATION,
        }
    };
}

pub(super) use apis;
