//! What `#[api]` and `#[derive(ServiceClient)]` make of `order.rs`, every feature being on.

/// Orders of the merchants.
///
/// | method | route | class | tier |
/// |---|---|---|---|
/// | [`create_order`](Self::create_order) | `POST /api/v1/orders` | keyed, money | critical |
/// | [`get_order`](Self::get_order) | `GET /api/v1/orders/{order_no}` | safe | critical |
/// | [`list_orders`](Self::list_orders) | `GET /api/v1/orders` | safe | standard |
#[::payment_clients::__private::async_trait]
pub trait OrderApi: Send + Sync {
    /// Creates an order. The server honours the idempotency key.
    async fn create_order(&self, order: &CreateOrder) -> Result<Order>;

    /// Answers one order.
    async fn get_order(&self, order_no: &OrderNo) -> Result<Order>;

    /// Lists orders, newest first.
    async fn list_orders(
        &self,
        filter: &OrderFilter,
        page: Option<u32>,
    ) -> Result<Page<Order>>;
}

/// Operations of [`OrderApi`], as data and as what is made of them.
#[allow(dead_code, unused_imports, deprecated, clippy::wildcard_imports)]
pub mod order_api {
    use super::*;
    use ::payment_clients::__private as __sdk;

    /// The service that serves the API.
    pub const SERVICE: __sdk::Service = __sdk::Service {
        name: "order-service",
        port: Some(40004),
        tier: __sdk::Tier::Critical,
    };

    /// `POST /api/v1/orders`: Creates an order.
    pub static CREATE_ORDER: __sdk::Operation = __sdk::Operation::new(
            SERVICE,
            "create_order",
            __sdk::Method::POST,
            "/api/v1/orders",
        )
        .class(__sdk::Class::Keyed)
        .money()
        .timeout(__sdk::Duration::from_millis(5000))
        .summary("Creates an order.");

    /// `GET /api/v1/orders/{order_no}`: Answers one order.
    pub static GET_ORDER: __sdk::Operation = __sdk::Operation::new(
            SERVICE,
            "get_order",
            __sdk::Method::GET,
            "/api/v1/orders/{order_no}",
        )
        .class(__sdk::Class::Safe)
        .summary("Answers one order.");

    /// `GET /api/v1/orders`: Lists orders, newest first.
    pub static LIST_ORDERS: __sdk::Operation = __sdk::Operation::new(
            SERVICE,
            "list_orders",
            __sdk::Method::GET,
            "/api/v1/orders",
        )
        .class(__sdk::Class::Safe)
        .tier(__sdk::Tier::Standard)
        .summary("Lists orders, newest first.");

    /// Every operation, in the order of the declaration.
    pub static OPERATIONS: &[&__sdk::Operation] = &[
        &CREATE_ORDER,
        &GET_ORDER,
        &LIST_ORDERS,
    ];

    /// Serves [`OrderApi`](super::OrderApi) under its declared routes.
    pub fn router<S>(service: S) -> __sdk::axum::Router
    where
        S: OrderApi + 'static,
    {
        __sdk::Routes::new(service)
            .route(
                &CREATE_ORDER,
                |service: __sdk::Arc<S>, incoming: __sdk::Incoming| async move {
                    let order = incoming.json::<CreateOrder>()?;
                    service.create_order(&order).await
                },
            )
            .route(
                &GET_ORDER,
                |service: __sdk::Arc<S>, incoming: __sdk::Incoming| async move {
                    let order_no = incoming.path::<OrderNo>("order_no")?;
                    service.get_order(&order_no).await
                },
            )
            .route(
                &LIST_ORDERS,
                |service: __sdk::Arc<S>, incoming: __sdk::Incoming| async move {
                    let filter = incoming.query_struct::<OrderFilter>()?;
                    let page = incoming.query_opt::<u32>("page")?;
                    service.list_orders(&filter, page).await
                },
            )
            .into_router()
    }

    /// Stubs of [`OrderApi`](super::super::OrderApi) for a wiremock server.
    pub mod stubs {
        use super::*;

        /// Stub of `POST /api/v1/orders`: Creates an order.
        pub fn create_order() -> __sdk::Stub<Order> {
            __sdk::Stub::new(&CREATE_ORDER)
        }

        /// Stub of `GET /api/v1/orders/{order_no}`: Answers one order.
        pub fn get_order() -> __sdk::Stub<Order> {
            __sdk::Stub::new(&GET_ORDER)
        }

        /// Stub of `GET /api/v1/orders`: Lists orders, newest first.
        pub fn list_orders() -> __sdk::Stub<Page<Order>> {
            __sdk::Stub::new(&LIST_ORDERS)
        }
    }

    /// Adds the operations of [`OrderApi`](super::OrderApi) to a document.
    pub fn describe(document: &mut __sdk::Document) {
        document.resource("Order", "Orders of the merchants.");
        document
            .operation(&CREATE_ORDER)
            .body(__sdk::schema_of!(CreateOrder))
            .answer(__sdk::schema_of!(Order));
        document
            .operation(&GET_ORDER)
            .path("order_no", __sdk::schema_of!(OrderNo))
            .answer(__sdk::schema_of!(Order));
        document
            .operation(&LIST_ORDERS)
            .query_struct(__sdk::schema_of!(OrderFilter))
            .query("page", false, __sdk::schema_of!(u32))
            .answer(__sdk::schema_of!(Page < Order >));
    }

    impl __sdk::Documented for dyn OrderApi {
        fn describe(document: &mut __sdk::Document) {
            describe(document);
        }
    }

    /// Calls the operation of this name of any [`OrderApi`](super::OrderApi), from JSON to JSON.
    ///
    /// # Errors
    /// When no operation has this name, an argument is missing or of another type, or the call fails.
    #[allow(unused_variables)]
    pub async fn drive(
        api: &dyn OrderApi,
        operation: &str,
        incoming: &__sdk::Arguments,
    ) -> __sdk::Result<__sdk::Value> {
        match operation {
            "create_order" => {
                let order = incoming.json::<CreateOrder>()?;
                __sdk::json_of(&api.create_order(&order).await?)
            }

            "get_order" => {
                let order_no = incoming.path::<OrderNo>("order_no")?;
                __sdk::json_of(&api.get_order(&order_no).await?)
            }

            "list_orders" => {
                let filter = incoming.query_struct::<OrderFilter>()?;
                let page = incoming.query_opt::<u32>("page")?;
                __sdk::json_of(&api.list_orders(&filter, page).await?)
            }

            unknown => Err(__sdk::unknown_operation("OrderApi", unknown)),
        }
    }

    /// [`OrderApi`](super::OrderApi) as one value, for suites over all APIs.
    pub const DECLARATION: __sdk::Declaration = __sdk::Declaration {
        api: "OrderApi",
        service: SERVICE,
        operations: OPERATIONS,
        describe,
        router: |handler| router(handler),
        drive: |client, operation, arguments| {
            Box::pin(async move { drive(&client, operation.name, &arguments).await })
        },
    };

    impl __sdk::Declared for dyn OrderApi {
        const DECLARATION: __sdk::Declaration = DECLARATION;
    }
}

#[allow(deprecated)]
const _: () = {
    use ::payment_clients::__private as __sdk;

    impl __sdk::Described for dyn OrderApi {
        const SERVICE: __sdk::Service = order_api::SERVICE;
        const OPERATIONS: &'static [&'static __sdk::Operation] = order_api::OPERATIONS;
    }

    #[__sdk::async_trait]
    impl<C> OrderApi for C
    where
        C: __sdk::Exposes<dyn OrderApi> + Send + Sync,
    {
        async fn create_order(&self, order: &CreateOrder) -> Result<Order> {
            let mut request = __sdk::Request::new(&order_api::CREATE_ORDER);
            request.json(order)?;
            __sdk::Call::call(self.caller(), request).await?.decode()
        }

        async fn get_order(&self, order_no: &OrderNo) -> Result<Order> {
            let mut request = __sdk::Request::new(&order_api::GET_ORDER);
            request.path_arg("order_no", order_no)?;
            __sdk::Call::call(self.caller(), request).await?.decode()
        }

        async fn list_orders(
            &self,
            filter: &OrderFilter,
            page: Option<u32>,
        ) -> Result<Page<Order>> {
            let mut request = __sdk::Request::new(&order_api::LIST_ORDERS);
            request.query_struct(filter)?;
            request.query_arg("page", page.as_ref());
            __sdk::Call::call(self.caller(), request).await?.decode()
        }
    }

    #[__sdk::async_trait]
    impl OrderApi for __sdk::Arc<dyn OrderApi> {
        async fn create_order(&self, order: &CreateOrder) -> Result<Order> {
            (**self).create_order(order).await
        }

        async fn get_order(&self, order_no: &OrderNo) -> Result<Order> {
            (**self).get_order(order_no).await
        }

        async fn list_orders(
            &self,
            filter: &OrderFilter,
            page: Option<u32>,
        ) -> Result<Page<Order>> {
            (**self).list_orders(filter, page).await
        }
    }

    #[__sdk::async_trait]
    impl OrderApi for Box<dyn OrderApi> {
        async fn create_order(&self, order: &CreateOrder) -> Result<Order> {
            (**self).create_order(order).await
        }

        async fn get_order(&self, order_no: &OrderNo) -> Result<Order> {
            (**self).get_order(order_no).await
        }

        async fn list_orders(
            &self,
            filter: &OrderFilter,
            page: Option<u32>,
        ) -> Result<Page<Order>> {
            (**self).list_orders(filter, page).await
        }
    }

    #[__sdk::async_trait]
    impl<T: OrderApi> OrderApi for __sdk::Scoped<T> {
        async fn create_order(&self, order: &CreateOrder) -> Result<Order> {
            self.scope(self.inner().create_order(order)).await
        }

        async fn get_order(&self, order_no: &OrderNo) -> Result<Order> {
            self.scope(self.inner().get_order(order_no)).await
        }

        async fn list_orders(
            &self,
            filter: &OrderFilter,
            page: Option<u32>,
        ) -> Result<Page<Order>> {
            self.scope(self.inner().list_orders(filter, page)).await
        }
    }

    __sdk::assert_dto::<CreateOrder>();
    __sdk::assert_scalar::<OrderNo>();
    __sdk::assert_dto::<OrderFilter>();
    __sdk::assert_scalar::<u32>();
    __sdk::assert_dto::<Order>();
    __sdk::assert_dto::<Page<Order>>();
};

/// An [`OrderApi`] for tests: it answers what it was told, and fails where it was told nothing.
#[derive(Default)]
#[allow(clippy::type_complexity)]
pub struct MockOrderApi {
    __stage: ::payment_clients::__private::Stage,
    create_order: Option<Box<dyn Fn(&CreateOrder) -> Result<Order> + Send + Sync>>,
    get_order: Option<Box<dyn Fn(&OrderNo) -> Result<Order> + Send + Sync>>,
    list_orders: Option<
        Box<dyn Fn(&OrderFilter, Option<u32>) -> Result<Page<Order>> + Send + Sync>,
    >,
}

#[allow(dead_code, deprecated)]
const _: () = {
    use ::payment_clients::__private as __sdk;

    impl MockOrderApi {
        /// A mock that has no answers yet.
        #[must_use]
        pub fn new() -> Self {
            Self::default()
        }

        /// How often `operation` was called.
        #[must_use]
        pub fn calls(&self, operation: &__sdk::Operation) -> usize {
            self.__stage.calls(operation)
        }

        /// Lets `witness` see the calls.
        #[must_use]
        pub fn seen_by(mut self, witness: &__sdk::Witness) -> Self {
            self.__stage.seen_by(witness);
            self
        }

        /// Calls of `operation` first await what `wait` makes: a sleep, a notification, a barrier.
        #[must_use]
        pub fn before<W>(
            mut self,
            operation: &'static __sdk::Operation,
            wait: impl Fn() -> W + Send + Sync + 'static,
        ) -> Self
        where
            W: ::core::future::Future<Output = ()> + Send + 'static,
        {
            self.__stage.before(operation, wait);
            self
        }

        /// Answers `create_order` with what `answer` makes of the arguments.
        #[must_use]
        pub fn on_create_order(
            mut self,
            answer: impl Fn(&CreateOrder) -> Result<Order> + Send + Sync + 'static,
        ) -> Self {
            self.create_order = Some(Box::new(answer));
            self
        }

        /// Answers `get_order` with what `answer` makes of the arguments.
        #[must_use]
        pub fn on_get_order(
            mut self,
            answer: impl Fn(&OrderNo) -> Result<Order> + Send + Sync + 'static,
        ) -> Self {
            self.get_order = Some(Box::new(answer));
            self
        }

        /// Answers `list_orders` with what `answer` makes of the arguments.
        #[must_use]
        pub fn on_list_orders(
            mut self,
            answer: impl Fn(
                &OrderFilter,
                Option<u32>,
            ) -> Result<Page<Order>> + Send + Sync + 'static,
        ) -> Self {
            self.list_orders = Some(Box::new(answer));
            self
        }
    }

    impl ::core::fmt::Debug for MockOrderApi {
        fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            f.debug_struct("MockOrderApi")
                .field("stage", &self.__stage)
                .finish_non_exhaustive()
        }
    }

    #[__sdk::async_trait]
    impl OrderApi for MockOrderApi {
        async fn create_order(&self, order: &CreateOrder) -> Result<Order> {
            let mut request = __sdk::Request::new(&order_api::CREATE_ORDER);
            request.json(order)?;
            self.__stage.enter(request).await;
            match &self.create_order {
                Some(answer) => answer(order),
                None => Err(__sdk::unanswered("MockOrderApi", "create_order")),
            }
        }

        async fn get_order(&self, order_no: &OrderNo) -> Result<Order> {
            let mut request = __sdk::Request::new(&order_api::GET_ORDER);
            request.path_arg("order_no", order_no)?;
            self.__stage.enter(request).await;
            match &self.get_order {
                Some(answer) => answer(order_no),
                None => Err(__sdk::unanswered("MockOrderApi", "get_order")),
            }
        }

        async fn list_orders(
            &self,
            filter: &OrderFilter,
            page: Option<u32>,
        ) -> Result<Page<Order>> {
            let mut request = __sdk::Request::new(&order_api::LIST_ORDERS);
            request.query_struct(filter)?;
            request.query_arg("page", page.as_ref());
            self.__stage.enter(request).await;
            match &self.list_orders {
                Some(answer) => answer(filter, page),
                None => Err(__sdk::unanswered("MockOrderApi", "list_orders")),
            }
        }
    }
};

/// Client of the order service.
#[derive(Clone, Debug)]
pub struct OrderClient {
    base: BaseClient,
}

const _: () = {
    use ::payment_clients::__private as __sdk;

    #[allow(dead_code)]
    impl OrderClient {
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
            __sdk::BaseClient::builder(<dyn OrderApi as __sdk::Described>::SERVICE)
        }

        /// A client that makes its calls through `base`.
        pub fn from_base(base: __sdk::BaseClient) -> Self {
            Self { base: base }
        }

        /// What carries the calls out.
        pub fn base(&self) -> &__sdk::BaseClient {
            &self.base
        }
    }

    impl From<__sdk::BaseClient> for OrderClient {
        fn from(base: __sdk::BaseClient) -> Self {
            Self::from_base(base)
        }
    }

    impl __sdk::ServiceClient for OrderClient {
        const SERVICE: __sdk::Service = <dyn OrderApi as __sdk::Described>::SERVICE;
    }

    impl __sdk::WithOptions for OrderClient {}
    impl __sdk::Exposes<dyn OrderApi> for OrderClient {
        type Caller = __sdk::BaseClient;

        fn caller(&self) -> &__sdk::BaseClient {
            &self.base
        }
    }
};
