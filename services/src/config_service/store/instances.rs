//! Instances of services. One that was not heard of for a while is not listed; whoever asks decides that by the clock.

use payment_clients::{
    apis::{
        config_service::{RegisterService, ServiceRegistration},
        ids::ServiceName,
    },
    contract::error::{Error, Result},
};

use super::super::domain::ALIVE_FOR;
use crate::{
    args,
    kit::store::{Row, Tx, View},
};

macro_rules! columns {
    () => {
        "id, service_name, service_url, service_ip, service_port, status, health_check, metadata, last_heartbeat, \
         created_at, updated_at"
    };
}

/// Registers an instance, or replaces what was registered for its service and URL.
///
/// # Errors
/// When the statement fails.
pub fn register(tx: &mut Tx<'_>, id: &str, instance: &RegisterService, now: i64) -> Result<ServiceRegistration> {
    let metadata = instance.metadata.as_ref().filter(|metadata| !metadata.is_empty());
    let metadata = metadata.map(serde_json::to_string).transpose().map_err(Error::internal)?;
    tx.one(
        concat!(
            "INSERT INTO instances(id, service_name, service_url, service_ip, service_port, status, health_check, \
             metadata, last_heartbeat, created_at, updated_at) \
             VALUES($1, $2, $3, $4, $5, 'active', $6, $7, $8, $8, $8) ON CONFLICT(service_name, service_url) \
             DO UPDATE SET service_ip = excluded.service_ip, service_port = excluded.service_port, status = 'active', \
             health_check = excluded.health_check, metadata = excluded.metadata, \
             last_heartbeat = excluded.last_heartbeat, updated_at = excluded.updated_at RETURNING ",
            columns!()
        ),
        args![
            id,
            instance.service_name.as_str(),
            instance.service_url,
            instance.service_ip.as_deref().unwrap_or_default(),
            instance.service_port.unwrap_or_default(),
            instance.health_check.as_deref().unwrap_or_default(),
            metadata,
            now,
        ],
        registration,
    )
}

/// Says that the instances of a service are alive; one that was taken out stays out.
///
/// # Errors
/// `RESOURCE_NOT_FOUND` when none is registered.
pub fn heartbeat(tx: &mut Tx<'_>, name: &ServiceName, now: i64) -> Result<()> {
    let sql = "UPDATE instances SET last_heartbeat = $2, updated_at = $2 WHERE service_name = $1 AND status = 'active'";
    if tx.execute(sql, args![name.as_str(), now])? > 0 { Ok(()) } else { Err(missing(name)) }
}

/// Takes the instances of a service out.
///
/// # Errors
/// `RESOURCE_NOT_FOUND` when none was ever registered.
pub fn deregister(tx: &mut Tx<'_>, name: &ServiceName, now: i64) -> Result<()> {
    // A repeat changes nothing, not even the time.
    let sql = "UPDATE instances SET updated_at = CASE status WHEN 'active' THEN $2 ELSE updated_at END,
        status = 'inactive' WHERE service_name = $1";
    if tx.execute(sql, args![name.as_str(), now])? > 0 { Ok(()) } else { Err(missing(name)) }
}

/// The instances that are alive, by the name of their service.
///
/// # Errors
/// When the statement fails.
pub fn alive(view: &View<'_>, now: i64) -> Result<Vec<ServiceRegistration>> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM instances WHERE status = 'active' AND last_heartbeat > $1 ORDER BY service_name, id"
    );
    view.all(sql, args![now.saturating_sub(ALIVE_FOR)], registration)
}

/// The instance of a service that is alive and has the lowest id.
///
/// # Errors
/// `RESOURCE_NOT_FOUND` when there is none.
pub fn require(view: &View<'_>, name: &ServiceName, now: i64) -> Result<ServiceRegistration> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM instances WHERE service_name = $1 AND status = 'active' AND last_heartbeat > $2 ORDER BY id LIMIT 1"
    );
    let found = view.optional(sql, args![name.as_str(), now.saturating_sub(ALIVE_FOR)], registration)?;
    found.ok_or_else(|| missing(name))
}

fn registration(row: &Row<'_>) -> Result<ServiceRegistration> {
    let metadata: Option<String> = row.get(7)?;
    Ok(ServiceRegistration {
        id: row.parse(0)?,
        service_name: row.parse(1)?,
        service_url: row.get(2)?,
        service_ip: row.get(3)?,
        service_port: row.get(4)?,
        status: row.parse(5)?,
        health_check: row.get(6)?,
        metadata: metadata.map(|text| serde_json::from_str(&text)).transpose().map_err(Error::internal)?,
        last_heartbeat: row.get(8)?,
        created_at: row.get(9)?,
        updated_at: row.get(10)?,
    })
}

fn missing(name: &ServiceName) -> Error {
    Error::not_found(format_args!("an instance of {name} that is alive"))
}
