//! Connections that can be told to misbehave: to stop in the middle of an answer by closing, by a reset or by silence, or to send slowly.

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Sleep, sleep};

/// How an answer stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The connection is closed in good order.
    Close,
    /// The connection is reset (RST).
    Reset,
    /// Nothing more comes, and the connection stays open.
    Silence,
}

/// What happens to the next answer of a connection, which is its last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Order {
    /// How it stops after so many bytes of its body; with `None` before its head.
    pub(crate) stop: Option<(Option<u64>, End)>,
    /// Bytes a second of the body.
    pub(crate) pace: Option<u64>,
}

/// A handle of a connection, for whoever answers on it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wire(Arc<Mutex<Option<Order>>>);

impl Wire {
    /// Must be called before the answer is given.
    pub(crate) fn order(&self, order: Order) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(order);
    }

    fn current(&self) -> Option<Order> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connected<IncomingStream<'_, Wired>> for Wire {
    fn connect_info(stream: IncomingStream<'_, Wired>) -> Self {
        stream.io().wire.clone()
    }
}

/// A socket whose connections take orders, and are counted.
pub(crate) struct Wired {
    pub(crate) listener: TcpListener,
    pub(crate) connections: Arc<AtomicU64>,
}

impl Listener for Wired {
    type Io = Connection;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Connection, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        self.connections.fetch_add(1, Ordering::Relaxed);
        // answers are small and awaited: waiting to fill a packet would be a fault that nobody asked for
        let _ = stream.set_nodelay(true);
        (Connection { stream, wire: Wire::default(), head: Head::default(), body: 0, pause: None }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// Finds the end of an answer's head in what is written.
#[derive(Debug, Default)]
struct Head {
    matched: usize,
}

impl Head {
    const END: &'static [u8] = b"\r\n\r\n";

    fn is_over(&self) -> bool {
        self.matched == Self::END.len()
    }

    /// How many of the bytes still belong to the head.
    fn take(&mut self, bytes: &[u8]) -> usize {
        for (place, byte) in bytes.iter().enumerate() {
            if self.is_over() {
                return place;
            }
            let starts = usize::from(*byte == Self::END[0]);
            self.matched = if *byte == Self::END[self.matched] { self.matched + 1 } else { starts };
        }
        bytes.len()
    }
}

/// A connection that takes orders.
pub(crate) struct Connection {
    stream: TcpStream,
    wire: Wire,
    head: Head,
    /// Bytes of the body that were sent under an order.
    body: u64,
    /// Until when nothing is sent.
    pause: Option<Pin<Box<Sleep>>>,
}

/// Slow sending comes in steps of a tenth of a second.
const STEP: Duration = Duration::from_millis(100);

impl Connection {
    fn ended(&mut self, end: End) -> Poll<io::Result<usize>> {
        match end {
            End::Silence => Poll::Pending,
            End::Close => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            End::Reset => {
                let reset = self.stream.set_zero_linger();
                Poll::Ready(Err(reset.err().unwrap_or_else(|| io::ErrorKind::ConnectionReset.into())))
            }
        }
    }

    fn write_under(
        &mut self,
        order: Order,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Some(pause) = &mut self.pause {
            if pause.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.pause = None;
        }
        if let Some((None, end)) = order.stop {
            return self.ended(end);
        }
        if !self.head.is_over() {
            // the head goes out by itself, which makes the rest easy to count
            let mut head = Head { matched: self.head.matched };
            let length = head.take(bytes);
            let written = Pin::new(&mut self.stream).poll_write(context, &bytes[..length]);
            if let Poll::Ready(Ok(count)) = written {
                self.head.take(&bytes[..count]);
            }
            return written;
        }
        let mut length = bytes.len() as u64;
        if let Some((Some(most), end)) = order.stop {
            length = length.min(most.saturating_sub(self.body));
            if length == 0 {
                return self.ended(end);
            }
        }
        if let Some(pace) = order.pace {
            length = length.min((pace / 10).max(1));
        }
        let length = usize::try_from(length).unwrap_or(bytes.len());
        let written = Pin::new(&mut self.stream).poll_write(context, &bytes[..length]);
        if let Poll::Ready(Ok(count)) = written {
            self.body += count as u64;
            let is_last = matches!(order.stop, Some((Some(most), _)) if self.body >= most);
            if order.pace.is_some() || is_last {
                // also before the end, so that what was sent arrives before a reset throws it away
                self.pause = Some(Box::pin(sleep(STEP)));
            }
        }
        written
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.wire.current() {
            Some(order) => self.write_under(order, context, bytes),
            None => Pin::new(&mut self.stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        // after a whole body nothing is written any more that could fail: it ends here
        match self.wire.current() {
            Some(Order { stop: Some((Some(most), End::Close)), .. })
                if flushed.is_ready() && self.head.is_over() && self.body >= most =>
            {
                Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
            }
            _ => flushed,
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
