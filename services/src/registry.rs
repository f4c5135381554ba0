//! Registry 2: the services that this binary can run, and where each listens. A service is one line, and in its module a
//! `start` and a table of `access`; one that does not serve all of its operations names the list of the others, too.

use std::{fmt, str::FromStr};

use payment_clients::{
    apis::{
        accounting::account_api, admin::admin_api, analytics::analytics_event_api, bank_transfer::bank_transfer_api,
        cashier::cashier_session_api, channel_adapter::channel_payment_api, config_service::service_config_api,
        exchange_rate::exchange_rate_api, ip_geo::ip_geo_api, kyc::kyc_verification_api, merchant::merchant_api,
        merchant_auth::merchant_login_api, merchant_config::merchant_fee_api, notification::notification_api,
        order::order_api, payment_gateway::payment_api, risk::risk_check_api, settlement::settlement_api,
        withdrawal::withdrawal_api,
    },
    contract::{error::Result, operation::Service},
};

use crate::{
    accounting, admin, analytics, bank_sim, cashier, channel_adapter, channel_sim,
    channel_sim::api::{channel_sim_api, crypto::crypto_sim_api, paypal::paypal_sim_api},
    config_service, gateway, geo_sim,
    geo_sim::api::second_geo_api,
    host::{Host, Started},
    kit::{identity::access::Access, not_served::NotServed},
    kyc, merchant, merchant_auth, merchant_config,
    message_sim::{
        mailgun::{self, mailgun_api},
        twilio::{self, twilio_api},
    },
    notification, order, rate_sim, risk, settlement, withdrawal,
};

macro_rules! services {
    (@list) => { &[] };
    (@list $not_served:path) => { $not_served };
    ($($(#[$doc:meta])* $name:ident, $word:literal, $service:expr, $module:ident $(, but $not_served:ident)?;)*) => {
        /// A service of the platform, or a simulator of the outside world.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Name {
            $($(#[$doc])* $name,)*
        }

        impl Name {
            /// All of them, in the order in which they are started: whoever is called comes before its callers.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The word on the command line.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// The service as its declaration names it.
            pub const fn service(self) -> Service {
                match self {
                    $(Self::$name => $service,)*
                }
            }

            /// Who may call what of it.
            pub const fn access(self) -> &'static Access {
                match self {
                    $(Self::$name => &$module::access::ACCESS,)*
                }
            }

            /// Its operations that are declared and not served, and what to do instead.
            pub const fn not_served(self) -> NotServed {
                match self {
                    $(Self::$name => services!(@list $($module::access::$not_served)?),)*
                }
            }

            /// Opens the service and starts its background work.
            pub(crate) async fn start(self, host: &mut Host<'_>) -> Result<Started> {
                match self {
                    $(Self::$name => $module::start(host).await,)*
                }
            }
        }
    };
}

services! {
    /// What services are run with.
    Config, "config", service_config_api::SERVICE, config_service;
    /// A simulated payment channel.
    ChannelSim, "channel-sim", channel_sim_api::SERVICE, channel_sim;
    /// A simulated bank.
    BankSim, "bank-sim", bank_transfer_api::SERVICE, bank_sim, but NOT_SERVED;
    /// A simulated provider of exchange rates.
    RateSim, "rate-sim", exchange_rate_api::SERVICE, rate_sim;
    /// Simulated providers of places.
    GeoSim, "geo-sim", ip_geo_api::SERVICE, geo_sim;
    /// A simulated provider of e-mail.
    MailgunSim, "mailgun-sim", mailgun_api::SERVICE, mailgun;
    /// A simulated provider of SMS.
    TwilioSim, "twilio-sim", twilio_api::SERVICE, twilio;
    /// Whether a payment may be tried.
    Risk, "risk", risk_check_api::SERVICE, risk;
    /// What is bought.
    Order, "order", order_api::SERVICE, order;
    /// Whose the money is.
    Accounting, "accounting", account_api::SERVICE, accounting, but NOT_SERVED;
    /// On what terms a merchant does business.
    MerchantConfig, "merchant-config", merchant_fee_api::SERVICE, merchant_config;
    /// Who the merchants are.
    Merchant, "merchant", merchant_api::SERVICE, merchant;
    /// Whether somebody is the merchant that they say.
    MerchantAuth, "merchant-auth", merchant_login_api::SERVICE, merchant_auth;
    /// Who a merchant is, by its papers.
    Kyc, "kyc", kyc_verification_api::SERVICE, kyc;
    /// What merchants are told.
    Notification, "notification", notification_api::SERVICE, notification;
    /// What it all adds up to.
    Analytics, "analytics", analytics_event_api::SERVICE, analytics, but NOT_SERVED;
    /// The way to the channels.
    ChannelAdapter, "channel-adapter", channel_payment_api::SERVICE, channel_adapter;
    /// Pays the merchants' money out.
    Withdrawal, "withdrawal", withdrawal_api::SERVICE, withdrawal;
    /// Settles what was paid to the merchants.
    Settlement, "settlement", settlement_api::SERVICE, settlement;
    /// Who runs the platform.
    Admin, "admin", admin_api::SERVICE, admin, but NOT_SERVED;
    /// What merchants call.
    PaymentGateway, "payment-gateway", payment_api::SERVICE, gateway;
    /// The checkout page.
    Cashier, "cashier", cashier_session_api::SERVICE, cashier;
}

impl Name {
    /// What listens at the same address and is another service for those who call: one may fail without the other.
    pub const fn beside(self) -> &'static [Service] {
        match self {
            Self::ChannelSim => &[paypal_sim_api::SERVICE, crypto_sim_api::SERVICE],
            Self::GeoSim => &[second_geo_api::SERVICE],
            _ => &[],
        }
    }

    /// The declared port.
    pub const fn port(self) -> u16 {
        match self.service().port {
            Some(port) => port,
            None => 0,
        }
    }
}

/// The operations of one service that another may call, both by their names on the network.
pub fn scopes(caller: &str, audience: &str) -> Vec<String> {
    let called = Name::ALL.iter().find(|name| name.service().name == audience);
    called.into_iter().flat_map(|name| name.access().open_to(caller)).map(str::to_owned).collect()
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|name| name.as_str() == text).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|name| name.as_str()).collect();
            format!("`{text}` is no service; use one of {}", known.join(", "))
        })
    }
}
