# DeepFreq in one image. CUDA comes with the pip wheels; the host needs only its GPU driver.
#   docker build -t deepfreq .
#   docker run --rm -p 8501:8501 -v deepfreq-data:/data [--gpus all] deepfreq
FROM python:3.11-slim

# tini passes signals on and reaps what runs leave behind; libgomp1 is numba's OpenMP.
RUN apt-get update \
    && apt-get install -y --no-install-recommends tini libgomp1 \
    && rm -rf /var/lib/apt/lists/*

# A named volume takes its owner from this folder; a bind mount must be writable by uid 1000.
RUN useradd --create-home --uid 1000 deepfreq \
    && install -d -o deepfreq -g deepfreq /data

WORKDIR /app

# The large layer first: it changes only when a version does.
COPY requirements.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check -r requirements.txt

COPY .streamlit ./.streamlit
COPY assets ./assets
COPY deepfreq_core ./deepfreq_core
COPY pages ./pages
COPY app.py ./
RUN python -m compileall -q app.py pages deepfreq_core

ENV DEEPFREQ_HOME=/data \
    NUMBA_CACHE_DIR=/data/cache/numba \
    CUPY_CACHE_DIR=/data/cache/cupy \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    STREAMLIT_SERVER_FILE_WATCHER_TYPE=none \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility

USER deepfreq
VOLUME /data
EXPOSE 8501

HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/healthz', timeout=8)"]

ENTRYPOINT ["tini", "--"]
CMD ["python", "-m", "deepfreq_core", "serve", "--host", "0.0.0.0", "--port", "8501"]
