//! What is to be written, in our words: the parts of a declaration.

use std::collections::BTreeMap;

/// One service: its resources and everything that they name.
#[derive(Debug)]
pub(super) struct Api {
    /// As in `order-service`.
    pub(super) service: String,
    /// What the document says of itself.
    pub(super) doc: String,
    pub(super) port: Option<u16>,
    /// What all paths begin with; may be empty.
    pub(super) base_path: String,
    pub(super) resources: Vec<Resource>,
    /// Everything that is declared, by name.
    pub(super) items: BTreeMap<String, Item>,
}

/// One tag: a trait.
#[derive(Debug)]
pub(super) struct Resource {
    /// Name of its file: `fee_configs`.
    pub(super) file: String,
    /// As in `FeeConfigApi`.
    pub(super) name: String,
    pub(super) doc: String,
    /// Where not `standard`.
    pub(super) tier: Option<String>,
    /// All answers are bare.
    pub(super) bare: bool,
    pub(super) operations: Vec<Operation>,
}

/// One route.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) name: String,
    pub(super) doc: String,
    pub(super) verb: &'static str,
    /// Behind the base path.
    pub(super) path: String,
    /// What stands behind the path: `keyed`, `timeout = "5s"`.
    pub(super) words: Vec<String>,
    pub(super) tier: String,
    pub(super) bare: bool,
    pub(super) arguments: Vec<Argument>,
    pub(super) answer: Type,
}

/// One argument of a method.
#[derive(Debug)]
pub(super) struct Argument {
    pub(super) name: String,
    /// Name on the wire.
    pub(super) wire: String,
    pub(super) place: Place,
    pub(super) ty: Type,
}

/// Where an argument travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    Query,
    /// A struct whose fields are query arguments.
    Filter,
    Header,
    Body,
}

/// A type as a declaration writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// `()`: no payload.
    Nothing,
    Bool,
    I32,
    I64,
    F64,
    Text,
    Timestamp,
    Currency,
    /// A text that nothing prints.
    Secret,
    /// Any JSON.
    Json,
    /// A JSON object whose keys are the sender's business.
    JsonObject,
    /// Declared beside the trait, or in the SDK.
    Named(String),
    Optional(Box<Type>),
    List(Box<Type>),
    Map(Box<Type>),
    Page(Box<Type>),
    /// A struct inside of itself.
    Boxed(Box<Type>),
}

/// What stands beside the trait.
#[derive(Debug)]
pub(super) enum Item {
    Struct(Struct),
    Words(Words),
    Id(Id),
}

/// A DTO.
#[derive(Debug, Default)]
pub(super) struct Struct {
    pub(super) doc: String,
    pub(super) fields: Vec<Field>,
    /// All wire names are camelCase.
    pub(super) camel_case: bool,
    /// Its fields are arguments of a query.
    pub(super) query: bool,
}

/// One field of a DTO.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    /// Name on the wire, where it is another.
    pub(super) rename: Option<String>,
    pub(super) doc: String,
    pub(super) ty: Type,
    pub(super) required: bool,
    /// When it is absent, it is what its type is without being told: empty, zero, false.
    pub(super) has_default: bool,
    /// Takes the keys that no other field has.
    pub(super) rest: bool,
}

/// An open enum.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) doc: String,
    /// Name, word on the wire, documentation.
    pub(super) variants: Vec<(String, String, String)>,
}

/// A newtype.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Id {
    pub(super) doc: String,
    pub(super) uuid: bool,
}

// === impl Api ===

impl Api {
    /// Name of its folder: `order`, `bank_transfer_api`.
    pub(super) fn folder(&self) -> String {
        self.short().replace('-', "_")
    }

    /// The service without the word: `order` of `order-service`.
    pub(super) fn short(&self) -> &str {
        self.service.strip_suffix("-service").unwrap_or(&self.service)
    }
}

// === impl Type ===

impl Type {
    /// Wraps a type in `Option`, once.
    pub(super) fn optional(self) -> Self {
        match self {
            optional @ Self::Optional(_) => optional,
            ty => Self::Optional(Box::new(ty)),
        }
    }

    /// The type inside of `Option`, `Vec` and the like, down to the last.
    pub(super) fn innermost(&self) -> &Self {
        match self {
            Self::Optional(ty) | Self::List(ty) | Self::Map(ty) | Self::Page(ty) | Self::Boxed(ty) => ty.innermost(),
            ty => ty,
        }
    }

    /// Whether it fits one argument of a path or query.
    pub(super) fn is_scalar(&self, items: &BTreeMap<String, Item>) -> bool {
        match self {
            Self::Bool | Self::I32 | Self::I64 | Self::F64 | Self::Text | Self::Timestamp | Self::Currency => true,
            Self::Named(name) => !matches!(items.get(name), Some(Item::Struct(_))),
            Self::Optional(ty) => ty.is_scalar(items),
            _ => false,
        }
    }
}

// === impl Item ===

impl Item {
    /// The types that it is made of.
    pub(super) fn parts(&self) -> impl Iterator<Item = &Type> {
        let fields = match self {
            Self::Struct(item) => item.fields.as_slice(),
            _ => &[],
        };
        fields.iter().map(|field| &field.ty)
    }
}
