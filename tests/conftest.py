"""What every test shares: reproducible examples, and the real servers of PostgreSQL and Kafka."""

from hypothesis import settings

pytest_plugins = ["tests.brokers", "tests.postgres"]

# The same examples in every run, and no limit of time for one: a slow machine is no failure. To look for new
# counter-examples: pytest --hypothesis-profile=default
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("ci")
