//! Processes die, networks fail, clocks go back; the shops sell on.

use std::time::Duration;

use payment_clients::contract::error::{Error, Result};
use tokio::time::{Instant, sleep};

use crate::{
    accounting,
    check::books::Books,
    day::{
        acts::{desk, opening::log_in_again},
        sales::PAYER,
        stage::Stage,
    },
    kit::{bus::Bus, inbox, store::Tx},
    registry::Name,
    supervisor::relay::Weather,
};

/// Sales of an act; so many in all, of a hundred that are left.
const SHARE: usize = 12;
/// Into the work, so that it is hit.
const INTO: Duration = Duration::from_millis(150);
/// So much later a slow channel hears.
const SLOW: Duration = Duration::from_millis(300);
/// One customer of so many has a card whose answer gets lost.
const UNHEARD_OF: usize = 8;
/// Events of which accounting does not know that it has published them.
#[cfg(feature = "kafka")]
const FORGOTTEN: i64 = 10;
/// Customers whom a channel turns away.
const TURNED_AWAY: usize = 5;
/// Payments that nobody judges.
const UNSEEN: usize = 5;

fn share(stage: &Stage<'_>) -> usize {
    stage.sales.left() * SHARE / 100
}

/// The gateway dies in the middle of its sagas, and goes on where it was. The channel is slow, so that there is a middle.
pub async fn gateway_killed(stage: &mut Stage<'_>) -> Result<()> {
    let count = share(stage);
    let sales = stage.sales.take(count);
    stage.weather(Name::ChannelSim, Weather::Slow(SLOW))?;
    let (paid, killed) = tokio::join!(stage.sell_and_wait(sales), kill_twice(stage));
    stage.weather(Name::ChannelSim, Weather::Fair)?;
    killed?;
    stage.tell(format_args!("killed twice; {} of {count} are paid, each once", paid?.len()));
    Ok(())
}

/// While a channel is being asked, and soon again.
async fn kill_twice(stage: &Stage<'_>) -> Result<()> {
    const ASKED: &str = "SELECT 1 FROM saga_step WHERE step = 'channel' AND state = 'started'";
    let book = stage.stores().book("gateway")?;
    let is_asked = || book.read(|view| view.optional(ASKED, &[], |_| Ok(())));
    let begun = Instant::now();
    while is_asked()?.is_none() && begun.elapsed() < SLOW * 20 {
        sleep(INTO / 10).await;
    }
    stage.kill(&[Name::PaymentGateway]).await?;
    sleep(INTO).await;
    stage.kill(&[Name::PaymentGateway]).await
}

/// The channel does what it is asked of many a customer, and nobody hears of it. They come one by one: of many in a row the
/// adapter would ask no more, and whom it turns away is nothing that a seed knows.
pub async fn channel_deaf(stage: &mut Stage<'_>) -> Result<()> {
    let count = share(stage);
    let mut sales = stage.sales.take(count);
    sales.iter_mut().step_by(UNHEARD_OF).for_each(|sale| sale.payer = "lose_answer");
    let unheard = sales.iter().filter(|sale| sale.payer == "lose_answer").count();
    let paid = stage.sell_and_wait(sales).await?;
    stage.tell(format_args!("{unheard} answers got lost and were asked for; {} of {count} are paid", paid.len()));
    Ok(())
}

/// Without risk nothing is let through.
pub async fn risk_away(stage: &mut Stage<'_>) -> Result<()> {
    stage.weather(Name::Risk, Weather::Cut)?;
    sleep(INTO * 2).await;
    let sales = stage.sales.take_to(PAYER, UNSEEN);
    let sold = stage.sell(sales).await?;
    stage.weather(Name::Risk, Weather::Fair)?;
    stage.recovered(Name::PaymentGateway, Name::Risk).await?;
    let again = stage.sales.take_to(PAYER, UNSEEN);
    let paid = stage.sell_and_wait(again).await?;
    stage.tell(format_args!("{} of {UNSEEN} were let through unseen; {} after that", sold.len(), paid.len()));
    Ok(())
}

/// One of two channels takes nobody on; who would pay there pays at the other.
pub async fn channel_closed(stage: &mut Stage<'_>) -> Result<()> {
    const MOVED: &str = "SELECT COUNT(*) FROM payments WHERE moved_from IS NOT NULL";
    let sales = stage.sales.take_to("stripe_closed", TURNED_AWAY);
    let paid = stage.sell_and_wait(sales).await?.len();
    let book = stage.stores().book("channel-adapter")?;
    let moved = book.read(|view| view.optional(MOVED, &[], |row| row.get::<i64>(0)))?.unwrap_or_default();
    if paid < TURNED_AWAY || moved == 0 {
        return Err(Error::internal(format!("{paid} of {TURNED_AWAY} are paid, {moved} at another channel")));
    }
    stage.tell(format_args!("{paid} of {TURNED_AWAY} are paid, {moved} of them at the other channel"));
    Ok(())
}

/// Nobody books for a while; what happened waits. Who comes back does not know how far he had read, and reads all of it; and
/// where a bus keeps that, does not know what it had published.
pub async fn accounting_away(stage: &mut Stage<'_>) -> Result<()> {
    const AWAY: [Name; 2] = [Name::Accounting, Name::Notification];
    stage.kill_for_now(&AWAY).await?;
    let count = share(stage);
    let sales = stage.sales.take(count);
    let paid = stage.sell_and_wait(sales).await?;
    let shop = stage.shop(0)?.clone();
    let own = log_in_again(stage, &shop).await?;
    desk::balance_unknown(stage, &own).await?;
    let store = Books::open(stage.stores())?.open_store("accounting")?;
    let forget = match stage.bus() {
        Bus::Embedded => |tx: &mut Tx<'_>| inbox::read_again(tx, accounting::events::CONSUMER),
        #[cfg(feature = "kafka")]
        Bus::Kafka(_) => |tx: &mut Tx<'_>| crate::kit::outbox::publish_again(tx, FORGOTTEN),
    };
    store.write(forget).await?;
    store.close().await?;
    stage.restart(&AWAY).await?;
    for service in [Name::Settlement, Name::Withdrawal] {
        stage.recovered(service, Name::Accounting).await?;
    }
    desk::balance_known(stage, &own).await?;
    stage.tell(format_args!("{} of {count} are paid, and booked now that it is back, each once", paid.len()));
    Ok(())
}

/// A slow channel is waited for, and a clock that goes back changes nothing that has happened.
pub async fn slow_channel(stage: &mut Stage<'_>) -> Result<()> {
    stage.weather(Name::ChannelSim, Weather::Slow(SLOW))?;
    let count = share(stage);
    let sales = stage.sales.take(count);
    let paid = stage.sell_and_wait(sales).await?;
    stage.weather(Name::ChannelSim, Weather::Fair)?;
    // A payment that would be taken in two seconds has ten minutes more by this.
    let late = vec![stage.sales.one_to("late")?];
    let sold = stage.sell(late).await?;
    stage.clock_by(-600_000)?;
    for payment in &sold {
        stage.cancel(payment).await?;
    }
    stage.clock_by(600_000)?;
    stage.settled().await?;
    stage.tell(format_args!("{} of {count} are paid; one was cancelled while the clocks were wrong", paid.len()));
    Ok(())
}
