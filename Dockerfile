# One image for every service of a store: web, worker, beat and the migrations.
FROM python:3.12-slim
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 STATIC_ROOT=/srv/static
RUN useradd --uid 10001 --create-home dealer && mkdir -p /srv/static /srv/dealer/var \
    && chown dealer /srv/static /srv/dealer/var
WORKDIR /srv/dealer
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: -r requirements.txt
COPY . .
USER dealer
# The key only lets the settings load; the files do not depend on it.
RUN SECRET_KEY=no-secret-is-needed-to-collect-files python manage.py collectstatic --noinput --verbosity 0
EXPOSE 8000
