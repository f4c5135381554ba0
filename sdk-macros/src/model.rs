//! What a declaration says, as plain data that still knows where each word stands in the user's source.

use std::{fmt, time::Duration};

use proc_macro2::Span;
use quote::format_ident;
use syn::{Attribute, Ident, LitStr, Path, Type, Visibility, ext::IdentExt};

/// One API: the trait and what `#[api(..)]` says about it.
pub(crate) struct Api {
    /// Path of the crate `payment-clients` as generated code writes it.
    pub(crate) krate: Path,
    /// Documentation and foreign attributes of the trait.
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) name: Ident,
    pub(crate) service: String,
    pub(crate) base_path: String,
    pub(crate) port: Option<u16>,
    pub(crate) tier: Tier,
    pub(crate) envelope: Envelope,
    /// First sentence of the documentation.
    pub(crate) summary: String,
    pub(crate) operations: Vec<Operation>,
}

/// One method of the trait, which is one route.
pub(crate) struct Operation {
    /// Documentation and foreign attributes of the method.
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) name: Ident,
    pub(crate) verb: Verb,
    pub(crate) path: Template,
    pub(crate) words: Words,
    pub(crate) args: Vec<Arg>,
    /// The return type as written: `Result<Order>`.
    pub(crate) result: Type,
    /// What is inside: `Order`.
    pub(crate) answer: Type,
    pub(crate) summary: String,
}

/// The words behind the path in `#[post("/orders", keyed, money, timeout = "5s")]`.
#[derive(Default)]
pub(crate) struct Words {
    pub(crate) class: Option<Word<Class>>,
    pub(crate) money: Option<Span>,
    pub(crate) long_poll: Option<Span>,
    pub(crate) tier: Option<Word<Tier>>,
    pub(crate) timeout: Option<Word<Duration>>,
    pub(crate) attempt_timeout: Option<Word<Duration>>,
    pub(crate) envelope: Option<Word<Envelope>>,
    /// Name of the operation that answers for the effect.
    pub(crate) status: Option<LitStr>,
    pub(crate) cache: Option<Word<Duration>>,
    pub(crate) stale_if_error: Option<Word<Duration>>,
    /// Name of the method that carries several calls of this one.
    pub(crate) batch: Option<LitStr>,
    /// Words for what is set somewhere else.
    pub(crate) elsewhere: Vec<Ident>,
}

/// A value and the token that gave it.
pub(crate) struct Word<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

/// `/orders/{order_no}` and its parts.
pub(crate) struct Template {
    pub(crate) text: LitStr,
    pub(crate) segments: Vec<Segment>,
}

/// What stands between two slashes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    Literal(String),
    Parameter(String),
}

/// One argument of a method.
pub(crate) struct Arg {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    pub(crate) shape: Shape,
    pub(crate) place: Place,
}

/// How an argument is handed over; decides what the client borrows and what the server owns.
pub(crate) enum Shape {
    /// `T`
    Value(Type),
    /// `&T`
    Reference(Type),
    /// `&str`
    Str,
    /// `Option<T>`
    Optional(Type),
    /// `Option<&T>`
    OptionalReference(Type),
    /// `Option<&str>`
    OptionalStr,
}

/// Where an argument travels.
pub(crate) enum Place {
    Path,
    Query(String),
    QueryStruct,
    Header(LitStr),
    Body,
    /// The body, as the fields of a form.
    Form,
    /// Raw bytes, and the type that documents them.
    Raw(Option<Box<Type>>),
    /// Not said, and not to be inferred.
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Safe,
    Idempotent,
    Keyed,
    Unsafe,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tier {
    BestEffort,
    #[default]
    Standard,
    Critical,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Envelope {
    #[default]
    Platform,
    Bare,
}

// === impl Api ===

impl Api {
    /// The module that stands beside the trait: `order_api`.
    pub(crate) fn module(&self) -> Ident {
        Ident::new(&snake_case(&self.name.unraw().to_string()), self.name.span())
    }

    /// The resource that the trait is about: `Order` of `OrderApi`.
    pub(crate) fn resource(&self) -> String {
        let name = self.name.unraw().to_string();
        name.strip_suffix("Api").filter(|resource| !resource.is_empty()).unwrap_or(&name).to_owned()
    }

    /// The mock that stands beside the trait: `MockOrderApi`.
    pub(crate) fn mock(&self) -> Ident {
        format_ident!("Mock{}", self.name)
    }

    /// Base path and template together. The template `/` means the base path itself.
    pub(crate) fn full_path(&self, operation: &Operation) -> String {
        match operation.path.text.value().as_str() {
            "/" if !self.base_path.is_empty() => self.base_path.clone(),
            template => format!("{}{template}", self.base_path),
        }
    }

    /// The operation that answers for the effect of this one.
    pub(crate) fn status(&self, operation: &Operation) -> Option<&Operation> {
        let name = operation.words.status.as_ref()?.value();
        self.operations.iter().find(|other| other.name() == name)
    }

    /// The operation's tier, or else the service's.
    pub(crate) fn tier(&self, operation: &Operation) -> Tier {
        operation.words.tier.as_ref().map_or(self.tier, |word| word.value)
    }

    /// The operation's envelope, or else the API's.
    pub(crate) fn envelope(&self, operation: &Operation) -> Envelope {
        operation.words.envelope.as_ref().map_or(self.envelope, |word| word.value)
    }
}

/// `OrderApi` → `order_api`, `KYCApi` → `kyc_api`.
fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let after_small = at > 0 && !letters[at - 1].is_uppercase();
        let before_small = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        if at > 0 && letter.is_uppercase() && (after_small || before_small) && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

// === impl Operation ===

impl Operation {
    /// The name as text: `create_order`.
    pub(crate) fn name(&self) -> String {
        self.name.unraw().to_string()
    }

    /// The static that describes it: `CREATE_ORDER`.
    pub(crate) fn constant(&self) -> Ident {
        Ident::new(&self.name().to_uppercase(), self.name.span())
    }

    /// The declared class, or what the method suggests.
    pub(crate) fn class(&self) -> Class {
        self.words.class.as_ref().map_or(self.verb.class(), |word| word.value)
    }

    /// Wire names of the query arguments that must be given.
    pub(crate) fn required_query(&self) -> impl Iterator<Item = &str> {
        self.args.iter().filter_map(|arg| match &arg.place {
            Place::Query(name) if !arg.shape.is_optional() => Some(name.as_str()),
            _ => None,
        })
    }

    /// The arguments that are a body; a sound operation has one at most.
    pub(crate) fn bodies(&self) -> impl Iterator<Item = &Arg> {
        self.args.iter().filter(|arg| arg.is_body())
    }

    /// True for `Result<()>`, an answer without payload.
    pub(crate) fn answers_nothing(&self) -> bool {
        matches!(&self.answer, Type::Tuple(tuple) if tuple.elems.is_empty())
    }
}

impl Template {
    /// Names of the parameters, in order.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Parameter(name) => Some(name.as_str()),
            Segment::Literal(_) => None,
        })
    }

    /// The template with its parameters unnamed, which is what a router tells apart: `/orders/{}`.
    pub(crate) fn shape(&self) -> String {
        let segment = |segment: &Segment| match segment {
            Segment::Literal(text) => format!("/{text}"),
            Segment::Parameter(_) => "/{}".to_owned(),
        };
        self.segments.iter().map(segment).collect()
    }
}

// === impl Arg ===

impl Arg {
    /// The name as it goes over the wire.
    pub(crate) fn name(&self) -> String {
        self.name.unraw().to_string()
    }

    /// Whether it is the body of the request.
    pub(crate) fn is_body(&self) -> bool {
        matches!(self.place, Place::Body | Place::Form | Place::Raw(_))
    }
}

impl Shape {
    /// True for an argument that may be absent.
    pub(crate) fn is_optional(&self) -> bool {
        matches!(self, Self::Optional(_) | Self::OptionalReference(_) | Self::OptionalStr)
    }

    /// The type that owns the value, `None` standing for `String`.
    pub(crate) fn owned(&self) -> Option<&Type> {
        match self {
            Self::Value(ty) | Self::Reference(ty) | Self::Optional(ty) | Self::OptionalReference(ty) => Some(ty),
            Self::Str | Self::OptionalStr => None,
        }
    }
}

// === words ===

impl Verb {
    pub(crate) const ALL: [Self; 5] = [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete];
    /// The attributes, in the order of [`ALL`](Self::ALL).
    pub(crate) const WORDS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

    /// The verb of an attribute's name.
    pub(crate) fn of(attribute: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.word() == attribute)
    }

    /// The attribute: `post`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }

    /// Whether requests of this method carry a body.
    pub(crate) fn has_body(self) -> bool {
        matches!(self, Self::Post | Self::Put | Self::Patch)
    }

    /// The class of an operation that names none.
    fn class(self) -> Class {
        match self {
            Self::Get => Class::Safe,
            Self::Put | Self::Delete => Class::Idempotent,
            Self::Post | Self::Patch => Class::Unsafe,
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.word().to_uppercase())
    }
}

impl Class {
    /// The class of a word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        [Self::Safe, Self::Idempotent, Self::Keyed, Self::Unsafe].into_iter().find(|class| class.word() == word)
    }

    /// The word of a class.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Idempotent => "idempotent",
            Self::Keyed => "keyed",
            Self::Unsafe => "unsafe",
        }
    }
}

impl Tier {
    pub(crate) const WORDS: [&str; 3] = ["critical", "standard", "best_effort"];

    /// The tier of a word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        [Self::BestEffort, Self::Standard, Self::Critical].into_iter().find(|tier| tier.word() == word)
    }

    /// The word of a tier.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::BestEffort => "best_effort",
            Self::Standard => "standard",
            Self::Critical => "critical",
        }
    }
}

impl Envelope {
    pub(crate) const WORDS: [&str; 2] = ["platform", "bare"];

    /// The envelope of a word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        match word {
            "platform" => Some(Self::Platform),
            "bare" => Some(Self::Bare),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_named_after_their_trait() {
        let names = [("OrderApi", "order_api"), ("KYCApi", "kyc_api"), ("Api2Way", "api2_way"), ("order", "order")];
        for (name, module) in names {
            assert_eq!(snake_case(name), module);
        }
    }
}
