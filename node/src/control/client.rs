//! The side of the control socket that gives a command.

use std::io;

use serde_json::Value;
use tokio::net::UnixStream;

use super::channel::{Channel, Received, SOCKET};
use super::message::{Command, Reply};
use crate::failure::Failure;
use crate::home::Home;

/// A command that runs in the node.
#[derive(Debug)]
pub struct Running {
    channel: Channel,
}

/// What comes back while it runs.
#[derive(Debug)]
pub enum Step {
    /// So many of so many are done: bytes, or members that were asked.
    Progress {
        /// Done.
        done: u64,
        /// Of.
        total: u64,
    },
    /// A part of the answer's body.
    Data(Vec<u8>),
    /// Something that is watched for.
    News(Value),
    /// The result; nothing follows.
    Done(Value),
}

impl Running {
    /// Gives `command` to the node that runs on `home`.
    ///
    /// # Errors
    /// When no node runs there, or its socket does not open.
    pub async fn start(home: &Home, command: &Command) -> Result<Self, Failure> {
        let path = home.path(SOCKET);
        let stream = UnixStream::connect(&path).await.map_err(|error| unreached(home, &error))?;
        let mut channel = Channel::new(stream);
        channel.send(command).await.map_err(gone)?;
        Ok(Self { channel })
    }

    /// Sends a part of the command's body.
    ///
    /// # Errors
    /// When the node is gone, or has refused the command: its reason is then the next [`Step`].
    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.channel.send_data(bytes).await
    }

    /// Ends the command's body.
    ///
    /// # Errors
    /// As [`Running::send`].
    pub async fn end(&mut self) -> io::Result<()> {
        self.channel.end_data().await
    }

    /// Waits for the next step.
    ///
    /// # Errors
    /// The failure of the command, or that the node is gone.
    pub async fn next(&mut self) -> Result<Step, Failure> {
        loop {
            match self.channel.receive::<Reply>().await.map_err(gone)? {
                Some(Received::Message(Reply::Progress { done, total })) => {
                    return Ok(Step::Progress { done, total });
                }
                Some(Received::Message(Reply::News(value))) => return Ok(Step::News(value)),
                Some(Received::Message(Reply::Done(value))) => return Ok(Step::Done(value)),
                Some(Received::Message(Reply::Failed(failure))) => return Err(failure),
                Some(Received::Data(bytes)) => return Ok(Step::Data(bytes)),
                Some(Received::End) => {}
                None => return Err(gone(io::ErrorKind::UnexpectedEof.into())),
            }
        }
    }

    /// Waits for the result of a command that has no body in its answer.
    ///
    /// # Errors
    /// As [`Running::next`].
    pub async fn result(mut self) -> Result<Value, Failure> {
        loop {
            if let Step::Done(value) = self.next().await? {
                return Ok(value);
            }
        }
    }
}

fn unreached(home: &Home, error: &io::Error) -> Failure {
    let dir = home.dir().display();
    let hint = match error.kind() {
        // The last is said when the node ends before it has taken the connection.
        io::ErrorKind::NotFound
        | io::ErrorKind::ConnectionRefused
        | io::ErrorKind::ConnectionReset => {
            return Failure::new(
                format!("no node is running on {dir}"),
                format!("start it: budstikke run --home {dir}"),
            );
        }
        io::ErrorKind::PermissionDenied => "give the command as the user that the node runs as",
        // What the library says of a path that does not fit into a socket's address.
        io::ErrorKind::InvalidInput => "name the home by a shorter path",
        _ => "look at the path and its permissions",
    };
    let socket = home.path(SOCKET);
    Failure::new(format!("cannot open {}: {error}", socket.display()), hint)
}

fn gone(error: io::Error) -> Failure {
    Failure::new(
        format!("the node ended the command: {error}"),
        "see the node's log; give the command again when it runs",
    )
}
