#!/bin/sh
# As the owner of the tables: refuse what everybody knows, migrate, let the application in.
set -e
python manage.py check --deploy --tag known_secrets --fail-level ERROR
python manage.py migrate --noinput
python manage.py let_application_in dealer_app
