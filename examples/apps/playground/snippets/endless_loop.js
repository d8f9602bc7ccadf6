console.log("I never end");
for (;;);
