# One image for web and worker: docker build -t firstcall .
# compose.yaml shows both at work with PostgreSQL, Redis and HTTPS.

FROM node:24-bookworm-slim AS frontend
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY frontend ./
RUN npm run build

FROM python:3.11-slim-bookworm
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /srv/firstcall
COPY requirements.txt ./
RUN pip install -r requirements.txt
COPY wsgi.py gunicorn.conf.py LICENSE ./
COPY migrations migrations
COPY app app
COPY --from=frontend /build/frontend/dist frontend/dist
# Keys, files and the SQLite database live in var/: mount it, or the VAPID keys (and every phone) are lost.
RUN useradd --system --uid 10001 --home-dir /srv/firstcall firstcall \
    && install -d -o firstcall -g firstcall -m 700 var
USER firstcall
VOLUME /srv/firstcall/var
ENV BIND=0.0.0.0:8000
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
