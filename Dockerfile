# One image for every service of a store: web, worker, beat and the migrations.
FROM python:3.12-slim
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 STATIC_ROOT=/srv/static
# For the backups: the programs of the very PostgreSQL of docker-compose.yml (newer ones write what
# it does not read), and GnuPG.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates gpg postgresql-common \
    && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
    && apt-get install --yes --no-install-recommends postgresql-client-16 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --create-home dealer && mkdir -p /srv/static /srv/dealer/var /srv/dealer/backups \
    && chown dealer /srv/static /srv/dealer/var /srv/dealer/backups
WORKDIR /srv/dealer
# requirements-notify.txt holds the extra [notify] as well.
ARG REQUIREMENTS=requirements.txt
COPY requirements.txt requirements-notify.txt ./
RUN pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: -r $REQUIREMENTS
COPY . .
USER dealer
# The key only lets the settings load; the files do not depend on it.
RUN SECRET_KEY=no-secret-is-needed-to-collect-files python manage.py collectstatic --noinput --verbosity 0
EXPOSE 8000
