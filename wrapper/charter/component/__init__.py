"""The component: where user code is found, called and answered for."""
