//! The limits of people's accounts: signing in, second factors, links, mail, sessions and forms. Part of [`super`], which names them
//! all.

use crate::timestamp::Span;

/// Longest name or e-mail address that somebody signs in with, in bytes.
pub const SIGN_IN_NAME_MAX: usize = 400;
/// Accounts that one name or e-mail address may stand for at sign-in.
pub const SIGN_IN_CANDIDATES: usize = 4;
/// Shortest password, in characters; one this short must be very hard to guess.
pub const PASSWORD_MIN: usize = 8;
/// From this length on, in characters, a password need only be hard to guess (NIST SP 800-63B-4, section 3.1.1).
pub const PASSWORD_LONG: usize = 15;
/// Longest password, in bytes.
pub const PASSWORD_MAX: usize = 1024;
/// Passwords that are hashed at once, 19 MiB each.
pub const PASSWORDS_AT_ONCE: usize = 4;
/// How long a sign-in may wait for its turn to be hashed.
pub const PASSWORD_WAIT: Span = Span::from_seconds(5);
/// Names, addresses and pairs of them whose failed sign-ins are remembered at once.
pub const SIGN_IN_FAILURES_REMEMBERED: usize = 65_536;
/// Failed sign-ins of one name from one address before they are slowed down.
pub const SIGN_IN_FREE_FAILURES: u32 = 5;
/// Failed sign-ins from one address, whatever the name, before they are slowed down.
pub const SIGN_IN_ADDRESS_FREE_FAILURES: u32 = 30;
/// Failed sign-ins of one name, wherever they come from, before they are slowed down.
pub const SIGN_IN_NAME_FREE_FAILURES: u32 = 100;
/// Longest time that a failed sign-in makes the next one wait.
pub const SIGN_IN_DELAY_MAX: Span = Span::from_minutes(15);
/// How long failed sign-ins are remembered after the last one.
pub const SIGN_IN_MEMORY: Span = Span::from_hours(24);
/// How long a browser is known that somebody signed in at: the guesses of strangers do not slow it down.
pub const KNOWN_BROWSER_LIFE: Span = Span::from_days(400);
/// How long a person may take from the password to the second factor.
pub const SECOND_STEP_LIFE: Span = Span::from_minutes(5);
/// How long the challenge for a passkey is good, and the page that holds it.
pub const PASSKEY_CHALLENGE_LIFE: Span = Span::from_minutes(10);
/// Passkeys of one person.
pub const PASSKEYS_MAX: usize = 20;
/// Longest answer of an authenticator, in bytes.
pub const PASSKEY_ANSWER_MAX: usize = 32 * 1024;
/// Bytes of the secret of time-based one-time passwords (RFC 4226, section 4).
pub const TOTP_SECRET_BYTES: usize = 20;
/// Seconds that a time-based one-time password stands for (RFC 6238).
pub const TOTP_STEP_SECONDS: u64 = 30;
/// How many steps the clock of a person's device may be off, either way.
pub const TOTP_SKEW_STEPS: u16 = 1;
/// How long the page with a new secret for one-time passwords may stand before it is confirmed.
pub const TOTP_PAGE_LIFE: Span = Span::from_minutes(30);
/// Recovery codes that a person is given at once.
pub const RECOVERY_CODES: usize = 10;
/// Longest text that is looked at as a one-time password or a recovery code, in bytes.
pub const CODE_TYPED_MAX: usize = 64;
/// How long after signing in a person may change the ways to sign in without doing it again.
pub const FRESH_SIGN_IN: Span = Span::from_minutes(15);
/// Life of the link by which somebody chooses another password.
pub const RESET_LINK_LIFE: Span = Span::from_minutes(30);
/// Life of such a link that an administrator hands over.
pub const HANDED_LINK_LIFE: Span = Span::from_hours(24);
/// Life of the link that verifies an e-mail address.
pub const VERIFICATION_LINK_LIFE: Span = Span::from_hours(24);
/// Life of an invitation.
pub const INVITATION_LIFE: Span = Span::from_days(7);
/// Life of the link that sets up the first owner's account.
pub const SETUP_LINK_LIFE: Span = Span::from_hours(24);
/// Invitations of one organisation that wait at once.
pub const INVITATIONS_MAX: u64 = 1000;
/// How long a link is kept after its end.
pub const DEAD_LINK_LIFE: Span = Span::from_days(7);
/// Messages that wait to be sent at once; what comes beyond is not sent, and the log says so.
pub const MAILS_WAITING_MAX: usize = 256;
/// How often a message is tried to be sent.
pub const MAIL_TRIES: u32 = 4;
/// The wait after the first failure to send a message; it doubles with each.
pub const MAIL_RETRY: Span = Span::from_seconds(5);
/// How long sending one message may take.
pub const MAIL_TIME: Span = Span::from_seconds(20);
/// Messages that one account or one address of the network may ask for in [`MAIL_WINDOW`].
pub const MAILS_PER_WINDOW: u32 = 5;
/// The time that messages are counted in.
pub const MAIL_WINDOW: Span = Span::from_hours(1);
/// Accounts and addresses whose messages are counted at once.
pub const MAIL_COUNTERS_MAX: usize = 65_536;
/// How often the use of a session is written down.
pub const SESSION_TOUCH_EVERY: Span = Span::from_minutes(1);
/// How long a session is kept after its end.
pub const DEAD_SESSION_LIFE: Span = Span::from_days(7);
/// Largest form of a page, in bytes: an API with as many scopes as it may have, each described at length.
pub const FORM_MAX: usize = 256 * 1024;
/// Most fields of a page's form: that of an API has some for each scope and each route.
pub const FORM_FIELDS_MAX: usize = 1500;
/// Longest address to go on to after signing in, in bytes.
pub const RETURN_TO_MAX: usize = 16 * 1024;
/// How long a consent page may stand before it is answered.
pub const CONSENT_PAGE_LIFE: Span = Span::from_minutes(10);
