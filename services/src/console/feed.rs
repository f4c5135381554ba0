//! Looks at everything once a second, and says it once for all browsers. There is one frame and no queue: a browser that is
//! slow misses frames, one that goes away leaves nothing behind, and while nobody watches nobody looks.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{MissedTickBehavior, interval},
};

use super::{
    Desk, checks,
    frame::{Frame, conditions},
    payments::Latest,
};
use crate::{
    kit::tasks::Shutdown,
    watch::{Watch, picture::Picture},
};

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);
/// Browsers that may watch at once.
const BROWSERS: usize = 32;

/// Frames for whoever watches. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Feed {
    frames: Arc<watch::Sender<Option<Arc<str>>>>,
    places: Arc<Semaphore>,
}

/// One browser's sight of the frames.
#[derive(Debug)]
pub(super) struct Seat {
    frames: watch::Receiver<Option<Arc<str>>>,
    closing: Shutdown,
    _place: OwnedSemaphorePermit,
}

impl Feed {
    /// A feed that nobody watches.
    pub(super) fn new() -> Self {
        let (frames, _) = watch::channel(None);
        Self { frames: Arc::new(frames), places: Arc::new(Semaphore::new(BROWSERS)) }
    }

    /// A seat for one more browser, if there is one left.
    pub(super) fn seat(&self, closing: Shutdown) -> Option<Seat> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let mut frames = self.frames.subscribe();
        // What is there is shown at once, old or not: the next is a second away.
        frames.mark_changed();
        Some(Seat { frames, closing, _place: place })
    }

    /// How many watch.
    fn browsers(&self) -> usize {
        BROWSERS.saturating_sub(self.places.available_permits())
    }

    /// Looks for ever.
    pub(super) async fn run(self, desk: Arc<Desk>) {
        let mut watch = match Watch::new(&desk.scene.urls) {
            Ok(watch) => watch,
            Err(error) => return tracing::error!(%error, "the console cannot look at the services"),
        };
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut before, mut number) = (Picture::default(), 0);
        loop {
            ticks.tick().await;
            if self.browsers() == 0 {
                // What happened while nobody watched is no news of the next second.
                before = Picture::default();
                continue;
            }
            number += 1;
            let frame = self.look(&desk, &mut watch, &before, number).await;
            match serde_json::to_string(&frame) {
                Ok(text) => drop(self.frames.send_replace(Some(text.into()))),
                Err(error) => tracing::error!(%error, "a frame cannot be written"),
            }
            before = frame.picture;
        }
    }

    async fn look(&self, desk: &Arc<Desk>, watch: &mut Watch, before: &Picture, number: u64) -> Frame {
        let (mut picture, latest) = tokio::join!(watch.look(), Latest::read(desk));
        picture.calls.extend(desk.shop.calls());
        desk.journal.compare(before, &picture);
        checks::run_aside(desk, picture.at_ms);
        Frame {
            number,
            clock_ms: desk.scene.clock.now(),
            picture,
            plant: desk.scene.plant.as_ref().map(|plant| conditions(plant)),
            latest,
            checks: desk.checks.finding(),
            shop: desk.shop.takings(),
            journal: desk.journal.latest(),
            browsers: self.browsers(),
        }
    }
}

impl Seat {
    /// The next frame; none when the console ends.
    pub(super) async fn next(&mut self) -> Option<Arc<str>> {
        loop {
            tokio::select! {
                changed = self.frames.changed() => changed.ok()?,
                () = self.closing.begun() => return None,
            }
            let frame = self.frames.borrow_and_update().clone();
            if frame.is_some() {
                return frame;
            }
        }
    }
}
