//! The gRPC service of the collector: what OTLP sends becomes what is kept.

use std::{fmt::Write, net::SocketAddr, time::Duration};

use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    common::v1::{AnyValue, KeyValue, any_value::Value},
    trace::v1::{ResourceSpans, Span, span::SpanKind, status::StatusCode},
};
use payment_clients::contract::error::{Error, Result};
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};
use tonic::{
    Request, Response, Status, async_trait,
    transport::{Server, server::TcpIncoming},
};

use super::traces::{SpanEvent, SpanView, Traces};
use crate::kit::tasks::{Stop, shutdown};

/// How long exports under way may take when the collector is stopped.
const DRAIN: Duration = Duration::from_secs(2);

/// A collector that listens on this machine.
#[derive(Debug)]
pub struct Collector {
    address: SocketAddr,
    traces: Traces,
    stop: Stop,
    served: JoinHandle<std::result::Result<(), tonic::transport::Error>>,
}

// === impl Collector ===

impl Collector {
    /// Listens on this port of this machine, or on any that is free with 0.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn listen(port: u16) -> Result<Self> {
        let taken = |cause| Error::configuration(format!("the collector cannot listen on port {port}: {cause}"));
        let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(taken)?;
        let address = listener.local_addr().map_err(Error::internal)?;
        let traces = Traces::default();
        let (stop, mut stopped) = shutdown();
        let service = TraceServiceServer::new(Receiver(traces.clone()));
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        let serve = async move {
            let stopped = async move { stopped.begun().await };
            Server::builder().add_service(service).serve_with_incoming_shutdown(incoming, stopped).await
        };
        Ok(Self { address, traces, stop, served: tokio::spawn(serve) })
    }

    /// Where spans are sent to, such as `http://127.0.0.1:4317`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What has arrived.
    pub fn traces(&self) -> &Traces {
        &self.traces
    }

    /// Stops listening.
    pub async fn stop(self) {
        self.stop.begin();
        // A connection that does not end is left behind with the task.
        let _ = timeout(DRAIN, self.served).await;
    }
}

/// Takes what is exported.
#[derive(Debug)]
struct Receiver(Traces);

#[async_trait]
impl TraceService for Receiver {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> std::result::Result<Response<ExportTraceServiceResponse>, Status> {
        for group in request.into_inner().resource_spans {
            let resource = service_of(&group);
            let spans = group.scope_spans.into_iter().flat_map(|scope| scope.spans);
            spans.for_each(|span| self.0.keep(view(span, &resource)));
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

/// Whose spans these are.
fn service_of(group: &ResourceSpans) -> String {
    let attributes = group.resource.as_ref().map(|resource| resource.attributes.as_slice()).unwrap_or_default();
    let name = attributes.iter().find(|attribute| attribute.key == "service.name");
    name.map(|name| text(name.value.as_ref())).unwrap_or_default()
}

/// A span as it is shown. A process of many services names the one that it is in each of their spans.
fn view(span: Span, resource: &str) -> SpanView {
    let attributes = texts(span.attributes);
    let own = attributes.iter().find(|(name, _)| name == "service").map(|(_, name)| name.clone());
    let micros = |nanos: u64| nanos / 1000;
    SpanView {
        trace_id: hex(&span.trace_id),
        span_id: hex(&span.span_id),
        parent_id: (!span.parent_span_id.is_empty()).then(|| hex(&span.parent_span_id)),
        name: span.name,
        is_named: own.is_some(),
        service: own.unwrap_or_else(|| resource.to_owned()),
        kind: match SpanKind::try_from(span.kind).unwrap_or_default() {
            SpanKind::Unspecified | SpanKind::Internal => "internal",
            SpanKind::Server => "server",
            SpanKind::Client => "client",
            SpanKind::Producer => "producer",
            SpanKind::Consumer => "consumer",
        },
        start_us: micros(span.start_time_unix_nano),
        duration_us: micros(span.end_time_unix_nano.saturating_sub(span.start_time_unix_nano)),
        status: match span.status.map(|status| status.code()).unwrap_or_default() {
            StatusCode::Unset => "unset",
            StatusCode::Ok => "ok",
            StatusCode::Error => "error",
        },
        attributes,
        events: span
            .events
            .into_iter()
            .map(|event| SpanEvent {
                at_us: micros(event.time_unix_nano),
                name: event.name,
                attributes: texts(event.attributes),
            })
            .collect(),
    }
}

fn texts(attributes: Vec<KeyValue>) -> Vec<(String, String)> {
    attributes.into_iter().map(|attribute| (attribute.key, text(attribute.value.as_ref()))).collect()
}

/// A value as a text; of those with parts, which we do not write, their debugging form.
fn text(value: Option<&AnyValue>) -> String {
    match value.and_then(|value| value.value.as_ref()) {
        None => String::new(),
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::BoolValue(truth)) => truth.to_string(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::DoubleValue(number)) => number.to_string(),
        Some(parts) => format!("{parts:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
