#!/bin/sh
# Writes .env with secrets that nobody else has: sh docker/new-env.sh crm.example.com [--tls]
set -eu
cd "$(dirname "$0")/.."
name=${1:?say under which name or address the store reaches it: sh docker/new-env.sh crm.example.com}
if [ -e .env ]; then
	echo ".env stands already; it holds the keys of this store. Remove it to begin anew." >&2
	exit 1
fi
secret() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
umask 077
{
	echo "SECRET_KEY=$(secret)"
	echo "OWNER_DB_PASSWORD=$(secret)"
	echo "APP_DB_PASSWORD=$(secret)"
	echo "REDIS_PASSWORD=$(secret)"
	echo "BACKUP_KEY=$(secret)"
	echo "ALLOWED_HOSTS=$name,localhost"
	if [ "${2:-}" = --tls ]; then
		echo "PUBLIC_NAME=$name"
		echo "HTTPS=true"
		echo "CSRF_TRUSTED_ORIGINS=https://$name"
	fi
} >.env
echo "Wrote .env for $name. Keep a copy of it somewhere safe: without its BACKUP_KEY no backup can be read."
