# Two images: `gongze`, which every part of it runs from, and `broker`. `docker build --target gongze .`
# Bases by exact tag. To hold them to their content as well, put the digest behind the tag where there is a network:
# docker buildx imagetools inspect python:3.11.13-slim-bookworm

FROM python:3.11.13-slim-bookworm AS libraries
WORKDIR /build
COPY requirements/runtime.txt requirements/
# Wheels with the digests of the lock only; nothing is compiled, so that nothing unlocked is fetched.
RUN python -m venv /opt/gongze && /opt/gongze/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
    --only-binary :all: --require-hashes -r requirements/runtime.txt

FROM python:3.11.13-slim-bookworm AS gongze
# Whoever breaks out of the program is nobody, and can write to the data alone.
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin gongze \
    && install -d -o gongze -g gongze -m 0700 /var/lib/gongze
COPY --from=libraries /opt/gongze /opt/gongze
COPY domain /opt/gongze/app/domain
COPY events /opt/gongze/app/events
COPY projections /opt/gongze/app/projections
COPY connectors /opt/gongze/app/connectors
COPY scheduler /opt/gongze/app/scheduler
COPY gongze /opt/gongze/app/gongze
COPY LICENSE /opt/gongze/app/LICENSE
COPY deploy/enter.sh deploy/initialise.sh /opt/gongze/deploy/
RUN printf '#!/bin/sh\nexec /opt/gongze/bin/python -m gongze "$@"\n' > /opt/gongze/bin/gongze \
    && chmod 0755 /opt/gongze/bin/gongze /opt/gongze/deploy/*.sh \
    && /opt/gongze/bin/python -m compileall -q /opt/gongze/app
ENV PATH=/opt/gongze/bin:$PATH PYTHONPATH=/opt/gongze/app PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 LC_ALL=C.UTF-8 \
    GONGZE_DATA_DIR=/var/lib/gongze
USER gongze
WORKDIR /var/lib/gongze
VOLUME /var/lib/gongze
ENTRYPOINT ["/opt/gongze/deploy/enter.sh"]
CMD ["gongze", "--help"]

FROM maven:3.9.9-eclipse-temurin-17 AS artifacts
WORKDIR /build
# The same artifacts that the tests run.
COPY tests/kafka/pom.xml ./
RUN mvn -B -q dependency:copy-dependencies -Djars=/build/jars

FROM eclipse-temurin:17.0.15_6-jre-jammy AS broker
RUN useradd --system --uid 10002 --no-create-home --shell /usr/sbin/nologin broker \
    && install -d -o broker -g broker -m 0700 /var/lib/broker
COPY --from=artifacts /build/jars /opt/broker/jars
COPY deploy/broker.sh /opt/broker/broker.sh
RUN chmod 0755 /opt/broker/broker.sh
ENV BROKER_JARS=/opt/broker/jars BROKER_DATA=/var/lib/broker
USER broker
WORKDIR /var/lib/broker
VOLUME /var/lib/broker
ENTRYPOINT ["/opt/broker/broker.sh"]
