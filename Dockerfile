# The Streamlit app, as an ordinary user, with the library on a volume. With a GPU: docker run --gpus all …
FROM python:3.11-slim

RUN useradd --create-home --uid 1000 clipkin && mkdir /data && chown clipkin /data
WORKDIR /home/clipkin/app

COPY requirements.txt .
RUN pip install --no-cache-dir --disable-pip-version-check -r requirements.txt

COPY --chown=clipkin . .
USER clipkin
ENV CLIPKIN_LIBRARY=/data/library \
    CLIPKIN_FOLDER_ROOT=/data \
    HF_HOME=/data/huggingface \
    PORT=8501
VOLUME /data
EXPOSE 8501

HEALTHCHECK --interval=30s --timeout=5s --start-period=120s \
    CMD python -c "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/_stcore/health')"

CMD ["sh", "-c", "python -m core prepare && exec python -m streamlit run app_streamlit/app.py --server.address 0.0.0.0 --server.port $PORT --server.headless true"]
