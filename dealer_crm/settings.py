"""Settings from the environment, fail-closed: without a secret key nothing starts."""

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

SECRET_KEY = env("SECRET_KEY", default="")
if len(SECRET_KEY) < 32:
    raise ImproperlyConfigured(
        "SECRET_KEY must be set to at least 32 random characters (environment or .env file)."
    )
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = env.bool("HTTPS", default=False)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_filters",
    "django_htmx",
    "axes",
    "accounts",
    "leads",
    "followups",
    "showroom",
    "reports",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.AtTheEdge",
    "accounts.middleware.LimitedBodies",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.SecureAnswers",
    "accounts.idle_lock.IdleLock",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "dealer_crm.urls"
WSGI_APPLICATION = "dealer_crm.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.shell",
            ],
        },
    },
]
FORM_RENDERER = "dealer_crm.form_renderer.PlainRenderer"

# --- database -----------------------------------------------------------------
DATABASE_URL = env("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'dealer.sqlite3'}")
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
ON_POSTGRESQL = DATABASES["default"]["ENGINE"].endswith("postgresql")
DATABASES["default"].update(CONN_MAX_AGE=600, CONN_HEALTH_CHECKS=True)
if ON_POSTGRESQL:
    # A page that hangs must not hold a lock for the whole showroom.
    DATABASES["default"]["OPTIONS"] = {
        "options": (
            f"-c statement_timeout={env.int('STATEMENT_TIMEOUT_MS', default=10_000)}"
            f" -c lock_timeout={env.int('LOCK_TIMEOUT_MS', default=3_000)}"
            " -c idle_in_transaction_session_timeout=30000"
            " -c jit=off"  # every statement is short: compiling the larger ones took longer than they
            " -c random_page_cost=1.1"  # what is asked for lies in memory: no whole table for a hundred rows
        ),
    }
else:
    # Without IMMEDIATE and WAL, two writers at once answer "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people and sessions --------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "accounts.backends.StaffBackend",
    "accounts.backends.PinBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "accounts:login"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # else who guesses on keeps the right person out
AXES_LOCKOUT_PARAMETERS = ["username"]
SILENCED_SYSTEM_CHECKS = ["axes.W006"]  # the limit is per account, wherever the guesses come from
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "pin"]  # starred in the list of wrong tries
AXES_RESET_ON_SUCCESS = True
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_ENABLE_ADMIN = False
SESSION_COOKIE_AGE = 30 * 24 * 3600
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = False  # the page's scripts send it back in a header
CSRF_FAILURE_VIEW = "accounts.views.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

# --- security headers (SECURE_CSP is named as Django 6 names it) ------------------
SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", default=False)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # asked from inside, where there is no TLS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CSP = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
MAX_BODY_BYTES = 21 * 1024 * 1024  # of any request, a file of 20 MB and its form

# --- languages and time -----------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "dealer_crm.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
DEALER_NOW = env("DEALER_NOW", default="")  # tests and demos only: the moment "now" stands at

# --- static files -------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(VAR_DIR / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "dealer_crm.static_storage.HashedStaticFiles"
        )
    },
}

# --- queue: only ever says "wake up"; the database says what is due ------------------
REDIS_URL = env("REDIS_URL", default="")
QUEUE_DIR = Path(env("QUEUE_DIR", default=str(VAR_DIR / "queue")))
SWEEP_SECONDS = env.int("SWEEP_SECONDS", default=300)
MESSAGE_SECONDS = env.int("MESSAGE_SECONDS", default=60)
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "dealer_crm.cache.PatientCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},  # seconds a page waits for it
        }
    }
    SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    SESSION_ENGINE = "django.contrib.sessions.backends.db"
# Without Redis the queue is a folder: enough for one machine.
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {}
    if REDIS_URL
    else {
        "data_folder_in": str(QUEUE_DIR / "queue"),
        "data_folder_out": str(QUEUE_DIR / "queue"),
        "processed_folder": str(QUEUE_DIR / "processed"),
        "control_folder": str(QUEUE_DIR / "control"),
    }
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False  # a wake-up is a hint: no page waits until the queue is back
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30  # seconds
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Every worker start sweeps at once, so the beat need not remember anything in a file.
CELERY_BEAT_SCHEDULER = "dealer_crm.beat:Scheduler"
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "followups.tasks.sweep",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},  # an older wake-up says nothing that the next does not
    },
    "messages": {
        "task": "followups.tasks.send_messages",
        "schedule": MESSAGE_SECONDS,
        "options": {"expires": MESSAGE_SECONDS},
    },
    "uploads": {
        "task": "leads.tasks.run_uploads",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "reports": {
        "task": "reports.tasks.gather",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "backup": {
        "task": "followups.tasks.back_up",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
}

# --- messages that leave the house: nothing is set up, nothing is sent --------------------
SMS_BACKEND = env("SMS_BACKEND", default="")  # dotted path: followups.outbox.backends.http.HttpBackend
SMS_HTTP_URL = env("SMS_HTTP_URL", default="")
SMS_HTTP_TOKEN = env("SMS_HTTP_TOKEN", default="")
SMS_APPRISE_URL = env("SMS_APPRISE_URL", default="")
SMS_FOLDER = Path(env("SMS_FOLDER", default=str(VAR_DIR / "messages")))
EMAIL_URL = env("EMAIL_URL", default="")
if EMAIL_URL:
    vars().update(env.email_url_config(EMAIL_URL))
DEFAULT_FROM_EMAIL = env("EMAIL_FROM", default="")
if EMAIL_URL and "@" not in DEFAULT_FROM_EMAIL:
    raise ImproperlyConfigured("EMAIL_FROM must be the address that e-mails come from, as EMAIL_URL is set.")
SEND_TIMEOUT = env.float("SEND_TIMEOUT", default=10.0)  # seconds for one message, all waits together
EMAIL_TIMEOUT = SEND_TIMEOUT

# --- how a lower floor hears a higher one: dotted names, in order ---------------------
LEAD_LISTENERS = [
    "followups.cadence.on_lead_event",
    "followups.reminding.on_lead_event",
    "followups.timers.on_lead_event",
    "followups.undoing.on_lead_event",
    "followups.merging.on_lead_event",
    "followups.setting_aside.on_lead_event",
    "leads.setters.on_lead_event",
    "leads.collaborators.on_lead_event",
    "leads.disputes.on_lead_event",
    "leads.priority.on_lead_event",
    "followups.inviting.on_lead_event",
    "leads.credit.on_lead_event",
    "leads.referrals.on_lead_event",
    "showroom.bookings.on_lead_event",
]
SETTING_LISTENERS = ["followups.redating.on_setting"]
LEAVING_CHECKS = ["leads.leaving.open_leads"]
LEAVING_ACTS = ["followups.leaving.pass_on_call_backs"]
# Who of the viewers may work on it, not only read.
LEAD_DEPUTIES = ["followups.days_off.covered_today", "followups.evening.covered_tonight"]
LEAD_VIEWERS = ["showroom.access.received_today", *LEAD_DEPUTIES]
CLAIM_GROUNDS = ["showroom.access.has_received"]
CREDIT_PROPOSALS = ["showroom.access.courtesy_signer"]
NUMBER_VIEWERS = ["showroom.access.on_todays_register"]
NIGHTLY_CHORES = [
    "showroom.night.close_open_visits",
    "followups.night.appointments.mark_no_shows",
    "showroom.bookings.settle_past_bookings",
    "followups.night.waking.wake_dormant",
    "followups.night.phone_only.end_phone_only_protection",
    "followups.night.lapse.lapse_or_propose",
    "followups.night.overdue.mark_missed",
    "followups.night.overdue.escalate",
    "followups.night.suggestions.suggest_grades",
    "followups.night.catch_up.date_catch_up",
    "followups.night.reminding.end_the_day",
    "followups.night.reminders.open_missing_tasks",
    "followups.night.organisations.remind_of_organisations",
    "followups.night.reminding.ask_for_next_steps",
    "followups.night.riding.remind_of_stuck",
    "followups.night.riding.refresh_cards",
    "followups.night.reminding.try_the_lost_again",
    "followups.night.reminding.greet_on_birthdays",
    "followups.night.suspicions.find_suspicions",
    "followups.night.imported_rows.forget_old",
    "followups.night.notices.forget_read",
    "showroom.drives.forget_old_papers",
]
INVARIANTS = [
    "leads.invariants.checks",
    "followups.invariants.checks",
    "showroom.invariants.checks",
    "reports.gathering.checks",
]
IMPORT_KINDS = [
    "showroom.register_import.RegisterImport",
    "followups.lead_list_import.LeadListImport",
    "leads.sales_import.SalesImport",
    "leads.maker_import.MakerImport",
]
CARD_ACTIONS: list[str] = [
    "showroom.card_actions.floor",
    "leads.card_work.lines",
    "followups.messages.card_line",
    "leads.maker.card_line",
    "followups.card_actions.out_visit",
    "followups.card_actions.ends",
    "followups.card_actions.why_today",
    "leads.card_actions.people",
]
MERGERS = ["followups.merging.fold", "showroom.merging.move_rows"]
CARD_PANELS = [
    "leads.panels.card",
    "followups.panels.card",
    "showroom.panels.card",
    "showroom.floor_panel.card",
]
HOME_PANELS = [
    "showroom.rota_panel.home",
    "showroom.call_panel.home",
    "reports.panels.home",
    "followups.days_off.home",
    "followups.evening.home",
    "followups.panels.home",
    "showroom.open_visits.home",
]
ME_PANELS: list[str] = ["followups.views_channels.me", "followups.views_calendar.me"]
# What a day of the demo store holds beside visits and calls.
DEMO_ACTS = [
    "showroom.demo.floor.mornings",
    "showroom.demo.floor.cars",
    "reports.demo.evening",
    "leads.demo.ends",
    "showroom.demo.calls.rings",
]
INSTALL_TRIGGERS = env.bool("INSTALL_TRIGGERS", default=True)

# --- backups: taken by the worker once a day where a folder is named --------------------
BACKUP_FOLDER = env("BACKUP_FOLDER", default="")
BACKUP_KEY = env("BACKUP_KEY", default="")  # with it the files are encrypted; it lies in none of them
BACKUP_DAILY = env.int("BACKUP_DAILY", default=7)
BACKUP_WEEKLY = env.int("BACKUP_WEEKLY", default=4)
BACKUP_FILES = ["uploads", "imports"]  # folders of VAR_DIR that the database does not hold
AFTER_RESTORE = ["followups.backing_up.pause_sending"]

# --- logs -------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
}
