//! A node that runs inside of the test, so that its use cases can be called and what they give can be looked at.

use std::path::PathBuf;
use std::sync::Arc;

use budstikke::failure::Failure;
use budstikke::home::Home;
use budstikke::runtime::{self, Node};
use budstikke::service::caller::{Who, caller};
use budstikke::service::context::Context;
use budstikke::service::publish::{self, Form};
use budstikke::service::referral::find::ReferralRef;
use budstikke::service::referral::list::Summary;
use budstikke::service::referral::say::{Spoken, What, say};
use budstikke::service::referral::send::{SendForm, Sent, send};
use budstikke::service::referral::show::{Shown, show};
use budstikke_protocol::access::question::Caller;
use budstikke_protocol::document::sharing::Sharing;
use budstikke_protocol::ids::{DocumentId, OrganisationNumber};
use budstikke_protocol::referral::event::ReferralName;
use tokio::runtime::Runtime;

use crate::cluster::PATIENTS;
use crate::until::{PATIENCE, until};

/// A node in this process.
#[derive(Debug)]
pub struct Inside {
    home: PathBuf,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    node: Node,
    runtime: Runtime,
}

impl Inside {
    /// Starts the node of `home`.
    pub fn start(home: PathBuf) -> Self {
        let mut inside = Self { home, running: None };
        inside.start_again();
        inside
    }

    /// Starts it again.
    pub fn start_again(&mut self) {
        let runtime = Runtime::new().unwrap();
        let home = Home::at(&self.home);
        let node = runtime.block_on(runtime::start(&home, None, |_| {}));
        let node = node.unwrap_or_else(|failure: Failure| panic!("{failure:?}"));
        self.running = Some(Running { node, runtime });
    }

    /// Stops it in order.
    pub fn stop(&mut self) {
        let Running { node, runtime } = self.running.take().expect("it does not run");
        runtime.block_on(node.stop());
    }

    /// What its use cases work with.
    pub fn context(&self) -> &Arc<Context> {
        self.running().node.context()
    }

    /// Its organisation.
    pub fn organisation(&self) -> OrganisationNumber {
        self.context().here()
    }

    /// Who gives commands there.
    pub fn caller(&self) -> Caller {
        caller(self.context(), &Who::default()).unwrap()
    }

    /// Does something in its runtime.
    pub fn run<T>(&self, work: impl AsyncFnOnce(Arc<Context>, Caller) -> T) -> T {
        let (ctx, caller) = (Arc::clone(self.context()), self.caller());
        self.running().runtime.block_on(work(ctx, caller))
    }

    /// Publishes a document that is shared with nobody.
    pub fn publish(&self, bytes: &[u8]) -> DocumentId {
        self.publish_for(PATIENTS[0], "N", Sharing::Nobody, bytes)
    }

    /// Publishes a document of this patient and this confidentiality, shared like this.
    pub fn publish_for(
        &self,
        patient: &str,
        confidentiality: &str,
        sharing: Sharing,
        bytes: &[u8],
    ) -> DocumentId {
        let form = Form {
            patient: patient.to_owned(),
            document_type: "I01-2".parse().unwrap(),
            title: "Henvisning".parse().unwrap(),
            language: "nb".parse().unwrap(),
            content_type: "application/pdf".parse().unwrap(),
            confidentiality: confidentiality.parse().unwrap(),
            blocks: Vec::new(),
            author: None,
            sharing,
            relates_to: Vec::new(),
        };
        self.run(async |ctx, caller| {
            let mut publishing = publish::begin(&ctx, form).unwrap();
            publishing.push(bytes).await.unwrap();
            publishing.finish(&ctx, &caller).await.unwrap().statement().document
        })
    }

    /// Refers a patient to another organisation.
    pub fn refer(&self, to: OrganisationNumber, documents: &[DocumentId]) -> ReferralName {
        self.send(form(to, documents)).unwrap().name
    }

    /// Sends a referral.
    pub fn send(&self, form: SendForm) -> Result<Sent, Failure> {
        self.run(async |ctx, caller| send(&ctx, &caller, form).await)
    }

    /// Says something in a referral.
    pub fn say(&self, name: ReferralName, what: What) -> Result<Spoken, Failure> {
        self.run(async |ctx, caller| say(&ctx, &caller, reference(name), what).await)
    }

    /// A referral with everything that was said in it; nothing when it is not there.
    pub fn show(&self, name: ReferralName) -> Option<Shown> {
        self.run(async |ctx, caller| show(&ctx, &caller, reference(name)).await).ok()
    }

    /// Waits until a referral fulfils something there.
    pub fn wait(
        &self,
        what: &str,
        name: ReferralName,
        fulfils: impl Fn(&Summary) -> bool,
    ) -> Shown {
        until(what, PATIENCE, || self.show(name).filter(|shown| fulfils(&shown.summary)))
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("it does not run")
    }
}

/// A referral of the first patient.
pub fn form(to: OrganisationNumber, documents: &[DocumentId]) -> SendForm {
    SendForm {
        to,
        patient: PATIENTS[0].to_owned(),
        priority: "30".parse().unwrap(),
        seniority: None,
        referral_kind: None,
        title: "Ortopedisk vurdering".parse().unwrap(),
        text: Some("Smerter i kne siden mars.\nTidligere operert.".parse().unwrap()),
        documents: documents.to_vec(),
        wait: false,
    }
}

fn reference(name: ReferralName) -> ReferralRef {
    ReferralRef { referral: name.referral, referrer: Some(name.referrer) }
}
