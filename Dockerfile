# The Streamlit app as an ordinary user, with the library on a volume. docs/host.md says how to run it.
#   docker build -t clipkin .                         with CUDA, for machines with and without a GPU (about 7 GB)
#   docker build -t clipkin --build-arg TORCH=cpu .   for machines without one (about 2.5 GB)
FROM python:3.11-slim

ARG TORCH=cuda
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

RUN useradd --create-home --uid 1000 clipkin && install --directory --owner=clipkin --group=clipkin /data
WORKDIR /home/clipkin/app

# The layer that takes minutes and gigabytes: built again only when the lock changes.
COPY requirements.txt .
RUN if [ "$TORCH" = cpu ]; then \
        sed --in-place '/^nvidia-/d; /^cuda-/d; /^triton==/d' requirements.txt; \
        set -- --extra-index-url https://download.pytorch.org/whl/cpu; \
    fi; \
    pip install --no-cache-dir "$@" -r requirements.txt

COPY --chown=1000:1000 . .
USER 1000
ENV CLIPKIN_LIBRARY=/data/library \
    CLIPKIN_FOLDER_ROOT=/data \
    HF_HOME=/data/huggingface \
    PORT=8501
VOLUME /data
EXPOSE 8501

# A new library takes half a minute to fill with the demo clips.
HEALTHCHECK --interval=30s --timeout=5s --start-period=180s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/_stcore/health\")"]

# Its welcome asks a server elsewhere for the address of this one.
CMD ["sh", "-c", "python -m core prepare && exec python -m streamlit run app_streamlit/app.py --server.address 0.0.0.0 --server.port $PORT --server.headless true --logger.hideWelcomeMessage true"]
